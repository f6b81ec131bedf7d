package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoublePredicate;

/** A number, or one that falls from the first to the last: written {@code 64} or {@code 64..8}. */
record Fall(double first, double last) {
  private static final String BETWEEN = "..";

  /** A fall whose numbers keep to a rule, said in words. */
  static Form<Fall> form(String words, DoublePredicate rule) {
    return Form.of(
        "a number %s, or two of them that fall, such as 64..8".formatted(words),
        text -> parse(text, rule));
  }

  static Optional<Fall> parse(String text, DoublePredicate rule) {
    List<String> parts = Arrays.asList(text.split("\\.\\.", -1));
    boolean numbers = parts.size() <= 2 && parts.stream().allMatch(Decimal::is);
    if (!numbers || !parts.stream().mapToDouble(Decimal::parse).allMatch(rule)) {
      return Optional.empty();
    }
    return Optional.of(
            new Fall(Decimal.parse(parts.get(0)), Decimal.parse(parts.get(parts.size() - 1))))
        .filter(fall -> parts.size() == 1 || fall.first > fall.last);
  }

  /** As it is written. */
  @Override
  public String toString() {
    return Form.number(first) + (last < first ? BETWEEN + Form.number(last) : "");
  }
}
