package dev.counterweight.config;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/**
 * A key of the configuration, declared once: its name, how its values are written and read, what it
 * is where it is not set, and what it means.
 *
 * @param defaultValue as it would be written; null if the key may be left out
 * @param standIn of a key that must be set, what the rules between the others are looked at with
 *     while it is missing or wrong; null where there is a default or none is needed
 * @param need where the key acts; null if everywhere
 * @param <T> what its values are read as
 */
record Key<T>(
    String name,
    Form<T> form,
    @Nullable Object defaultValue,
    @Nullable String standIn,
    @Nullable Need need,
    String meaning) {

  /** A key acts where {@code chooser} has one of {@code values}; if there are none, any. */
  record Need(Key<?> chooser, List<String> values) {
    private boolean met(Map<String, Object> parsed) {
      Object chosen = parsed.get(chooser.name());
      return values.isEmpty() ? chosen != null : values.contains(Objects.toString(chosen));
    }

    @Override
    public String toString() {
      return values.isEmpty() ? chooser.name() : chooser + "=" + String.join(" or ", values);
    }
  }

  void declare(ConfigDef def) {
    Object value = standIn == null ? defaultValue : ConfigDef.NO_DEFAULT_VALUE;
    def.define(name, form.type(), value, form, ConfigDef.Importance.MEDIUM, meaning);
  }

  /**
   * What is wrong if the key is set where it would be ignored; one set to its default is let be.
   *
   * @param given the keys that are set, as they were written
   * @param parsed the value of every key
   */
  Optional<String> withoutEffect(
      Map<String, String> given, Map<String, Object> parsed, Map<String, Object> defaults) {
    if (need == null
        || !given.containsKey(name)
        || Objects.equals(parsed.get(name), defaults.get(name))
        || need.met(parsed)) {
      return Optional.empty();
    }
    return Optional.of(
        "%s=%s: has no effect without %s: remove it"
            .formatted(
                name, KafkaConfig.isSecret(name) ? KafkaConfig.HIDDEN : given.get(name), need));
  }

  /** The name, as messages give it. */
  @Override
  public String toString() {
    return name;
  }
}
