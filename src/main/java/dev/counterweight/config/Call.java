package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A value written as {@code name} or {@code name(argument,argument)}, the arguments as {@link
 * NameList} reads them.
 */
record Call(String name, List<String> arguments) {
  private static final Pattern FORM = Pattern.compile("([a-z-]+)\\s*(?:\\((.*)\\))?");

  static Optional<Call> parse(String text) {
    Matcher parts = FORM.matcher(text.strip());
    if (!parts.matches()) {
      return Optional.empty();
    }
    Optional<List<String>> arguments =
        parts.group(2) == null ? Optional.of(List.of()) : NameList.parse(parts.group(2));
    return arguments.map(given -> new Call(parts.group(1), given));
  }

  /** The arguments as numbers; empty if one is none. */
  Optional<double[]> numbers() {
    return arguments.stream().allMatch(Decimal::is)
        ? Optional.of(arguments.stream().mapToDouble(Decimal::parse).toArray())
        : Optional.empty();
  }
}
