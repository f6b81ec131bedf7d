package dev.counterweight.config;

import dev.counterweight.event.Suggestion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

/**
 * What a job file says of its features: {@code feature.NAME.PROPERTY=value}, the property behind
 * the last dot. A name that ends in {@code *} is of all features that begin so; of several that
 * are, the longest wins, and one without it before any.
 */
final class FeatureDeclarations {
  private final Map<String, Declaration> declarations = new TreeMap<>();
  private final List<String> unknown = new ArrayList<>();

  /**
   * @param key as it is given
   * @param name of a feature, or what it begins with and a {@code *}
   * @param property declared by {@link FeatureKeys}
   */
  private record Declaration(String key, String name, Key<?> property, String value) {
    boolean isFor(String feature) {
      return name.equals(feature) || isGlob() && feature.startsWith(prefix());
    }

    boolean isGlob() {
      return name.endsWith("*");
    }

    String prefix() {
      return name.substring(0, name.length() - 1);
    }

    boolean isSound() {
      return property.form().accepts(value);
    }
  }

  /**
   * @param given the keys that begin with {@code feature.}, and their values
   */
  FeatureDeclarations(Map<String, String> given) {
    new TreeMap<>(given).forEach(this::take);
  }

  static boolean is(String key) {
    return key.startsWith(FeatureKeys.PREFIX);
  }

  private void take(String key, String value) {
    int dot = key.lastIndexOf('.');
    String name =
        dot < FeatureKeys.PREFIX.length() ? "" : key.substring(FeatureKeys.PREFIX.length(), dot);
    String property = key.substring(dot + 1);
    Optional<Key<?>> known =
        FeatureKeys.KEYS.keys().stream().filter(k -> property(k).equals(property)).findFirst();
    if (name.isEmpty()) {
      unknown.add(
          "unknown key '%s': must be feature.NAME.%s"
              .formatted(key, String.join("|", properties())));
    } else if (known.isEmpty()) {
      unknown.add(
          "unknown key '%s': %s"
              .formatted(
                  key,
                  Suggestion.closest(property, properties())
                      .map(p -> "did you mean 'feature.%s.%s'?".formatted(name, p))
                      .orElse("of a feature there is " + String.join(", ", properties()))));
    } else {
      declarations.put(key, new Declaration(key, name, known.get(), value));
    }
  }

  private static String property(Key<?> key) {
    return key.name().substring(key.name().lastIndexOf('.') + 1);
  }

  private static List<String> properties() {
    return FeatureKeys.KEYS.keys().stream().map(FeatureDeclarations::property).toList();
  }

  /**
   * The value of a property for a feature; empty if none is declared, or a wrong one.
   *
   * @param property declared by {@link FeatureKeys}
   */
  <T> Optional<T> find(Key<T> property, String feature) {
    return of(property, feature)
        .filter(Declaration::isSound)
        .flatMap(
            found ->
                property
                    .form()
                    .read(ConfigDef.parseType(found.key(), found.value(), property.form().type())));
  }

  /** The key that declares a property of a feature, or the one that would. */
  String key(Key<?> property, String feature) {
    return of(property, feature)
        .map(Declaration::key)
        .orElse(FeatureKeys.PREFIX + feature + "." + property(property));
  }

  private Optional<Declaration> of(Key<?> property, String feature) {
    return declarations.values().stream()
        .filter(d -> d.property() == property && d.isFor(feature))
        .max(
            Comparator.<Declaration, Boolean>comparing(d -> d.name().equals(feature))
                .thenComparing(d -> d.prefix().length()));
  }

  /**
   * Tells of keys that are none, and of values that break their key's rule.
   *
   * @param broken gets the keys of the latter
   */
  void check(Set<String> broken, Problems problems) {
    unknown.forEach(problems::add);
    for (Declaration d : declarations.values()) {
      if (!d.isSound()) {
        broken.add(d.key());
        problems.add(
            "%s=%s: must be %s", d.key(), d.value(), d.property().form().expected(d.value()));
      }
    }
  }

  /**
   * Tells of declarations that say nothing, of no feature or of none that they could be for, or
   * that say of many what can be of one only.
   */
  void misplaced(Collection<String> features, Problems problems) {
    for (Declaration d : declarations.values()) {
      List<String> matched = features.stream().filter(d::isFor).toList();
      List<String> types = FeatureKeys.types(d.property());
      if (matched.isEmpty()) {
        problems.add(d.key() + ": " + noFeature(d, features));
      } else if (d.property() == FeatureKeys.PATH && matched.size() > 1) {
        problems.add(
            "%s=%s: %d features would stand in one place: give each its own path",
            d.key(), d.value(), matched.size());
      } else if (!types.isEmpty() && matched.stream().map(this::type).noneMatch(types::contains)) {
        problems.add(
            "%s=%s: has no effect without %s=%s: remove it",
            d.key(),
            d.value(),
            key(FeatureKeys.TYPE, d.isGlob() ? d.name() : matched.get(0)),
            String.join(" or ", types));
      }
    }
  }

  private String type(String feature) {
    return find(FeatureKeys.TYPE, feature).orElse(FeatureKeys.NUMBER);
  }

  private static String noFeature(Declaration d, Collection<String> features) {
    return d.isGlob()
        ? "no feature of events.features begins with '%s'".formatted(d.prefix())
        : "events.features has no '%s'".formatted(d.name())
            + Suggestion.closest(d.name(), features)
                .map(
                    name ->
                        ": did you mean 'feature.%s.%s'?".formatted(name, property(d.property())))
                .orElse("");
  }
}
