package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Finds the class that a label names; blanks around a label are passed over. */
final class ClassNames {
  private final String field;
  private final Map<String, Integer> index = new LinkedHashMap<>();
  private final List<String> names;
  private final List<String> shown;

  /**
   * @param field that holds the label, for messages
   * @param classes in class order
   * @param synonyms of each class
   */
  ClassNames(String field, List<String> classes, List<List<String>> synonyms) {
    this.field = field;
    for (int c = 0; c < classes.size(); c++) {
      index.put(classes.get(c), c);
      for (String synonym : synonyms.get(c)) {
        index.put(synonym, c);
      }
    }
    this.names = List.copyOf(index.keySet());
    this.shown =
        IntStream.range(0, classes.size())
            .mapToObj(c -> Stream.concat(Stream.of(classes.get(c)), synonyms.get(c).stream()))
            .map(all -> all.collect(Collectors.joining("|")))
            .toList();
  }

  int index(String label) throws EventRejectedException {
    Integer exact = index.get(label);
    Integer found = exact == null ? index.get(label.strip()) : exact;
    if (found == null) {
      throw new EventRejectedException(Reason.UNKNOWN_LABEL, () -> unknown(label.strip()));
    }
    return found;
  }

  /**
   * The class that has either name.
   *
   * @param otherwise the same label, written otherwise
   */
  int index(String label, String otherwise) throws EventRejectedException {
    Integer found = index.get(label);
    if (found == null) {
      found = index.get(otherwise);
    }
    return found == null ? index(label) : found;
  }

  private String unknown(String label) {
    return label.isEmpty()
        ? "label field '%s' is blank: must be one of events.classes (%s)"
            .formatted(field, Shown.names(shown))
        : "label '%s' in field '%s': not one of events.classes (%s)%s"
            .formatted(Shown.text(label), field, Shown.names(shown), hint(label));
  }

  private String hint(String label) {
    Optional<String> alike = names.stream().filter(c -> folded(c).equals(folded(label))).findAny();
    if (alike.isPresent()) {
      return alike.get().equalsIgnoreCase(label)
          ? "; class '%s' is written otherwise: case counts; events.classes=…,%s|%s takes both"
              .formatted(alike.get(), alike.get(), Shown.text(label))
          : "; it looks like class '%s', whose characters are %s, not %s: let the producer write those, or list the label as it is too, behind a |"
              .formatted(alike.get(), Shown.codePoints(alike.get()), Shown.codePoints(label));
    }
    Optional<String> equal = names.stream().filter(c -> sameNumber(c, label)).findAny();
    if (equal.isPresent()) {
      return "; class '%s' is the same number written otherwise; events.classes=…,%s|%s takes both"
          .formatted(equal.get(), equal.get(), Shown.text(label));
    }
    return Suggestion.closest(label, names)
        .map(name -> "; did you mean '" + Shown.text(name) + "'?")
        .orElse("");
  }

  private static boolean sameNumber(String a, String b) {
    return Decimal.is(a) && Decimal.is(b) && Decimal.parse(a) == Decimal.parse(b);
  }

  /** What two texts have in common that look alike. */
  private static String folded(String text) {
    StringBuilder seen = new StringBuilder();
    Normalizer.normalize(text, Normalizer.Form.NFKC)
        .codePoints()
        .filter(point -> !Character.isIdentifierIgnorable(point))
        .forEach(seen::appendCodePoint);
    return seen.toString().strip().toLowerCase(Locale.ROOT);
  }
}
