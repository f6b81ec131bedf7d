package dev.counterweight.config;

import java.util.Map;
import java.util.Optional;

/**
 * The values of the keys, each as its form reads it.
 *
 * @param features what is said of the features
 */
record Values(Map<String, Object> parsed, FeatureDeclarations features) {
  <T> T get(Key<T> key) {
    return find(key).orElseThrow(() -> new IllegalStateException(key + " has no value"));
  }

  /** Empty if a key that may be left out is. */
  <T> Optional<T> find(Key<T> key) {
    return Optional.ofNullable(parsed.get(key.name())).flatMap(key.form()::read);
  }
}
