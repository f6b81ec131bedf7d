package dev.counterweight.event;

import java.util.OptionalDouble;

/** What the literal in place of a missing value comes to. Stateless. */
public final class LiteralValue {
  private LiteralValue() {}

  /**
   * A number; of a time milliseconds since 1970; of a category the row of its embedding. Empty if
   * the feature has another missing rule.
   */
  public static OptionalDouble of(Feature feature) {
    if (!(feature.missing() instanceof Feature.Literal literal)) {
      return OptionalDouble.empty();
    }
    String text = literal.text();
    if (feature.type() instanceof Feature.Category category) {
      return OptionalDouble.of(new CategoryHash(category.table()).row(text.strip()));
    }
    if (feature.type() instanceof Feature.Categories categories) {
      return OptionalDouble.of(new CategoryHash(categories.table()).row(text.strip()));
    }
    if (feature.type() instanceof Feature.Time time) {
      try {
        return OptionalDouble.of(new TimeRules(feature.name(), time.unit()).time(text));
      } catch (EventRejectedException e) {
        throw new IllegalArgumentException(
            "feature '%s' has the literal '%s', which is no time".formatted(feature.name(), text),
            e);
      }
    }
    return OptionalDouble.of(Decimal.parse(text));
  }
}
