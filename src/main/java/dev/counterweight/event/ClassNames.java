package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Finds the class that a label names; blanks around a label are passed over. */
final class ClassNames {
  private final String field;
  private final List<String> classes;
  private final Map<String, Integer> index = new HashMap<>();

  /**
   * @param field that holds the label, for messages
   * @param classes in class order
   */
  ClassNames(String field, List<String> classes) {
    this.field = field;
    this.classes = classes;
    for (int c = 0; c < classes.size(); c++) {
      index.put(classes.get(c), c);
    }
  }

  int index(String label) throws EventRejectedException {
    Integer exact = index.get(label);
    Integer found = exact == null ? index.get(label.strip()) : exact;
    if (found == null) {
      throw new EventRejectedException(Reason.UNKNOWN_LABEL, () -> unknown(label.strip()));
    }
    return found;
  }

  private String unknown(String label) {
    return label.isEmpty()
        ? "label field '%s' is blank: must be one of events.classes (%s)"
            .formatted(field, Shown.names(classes))
        : "label '%s' in field '%s': not one of events.classes (%s)%s"
            .formatted(Shown.text(label), field, Shown.names(classes), hint(label));
  }

  private String hint(String label) {
    Optional<String> alike =
        classes.stream().filter(c -> folded(c).equals(folded(label))).findAny();
    if (alike.isPresent()) {
      return alike.get().equalsIgnoreCase(label)
          ? "; class '%s' is written otherwise: case counts".formatted(alike.get())
          : "; it looks like class '%s', whose characters are %s, not %s: let the producer write those, or list the label as it is"
              .formatted(alike.get(), Shown.codePoints(alike.get()), Shown.codePoints(label));
    }
    Optional<String> equal = classes.stream().filter(c -> sameNumber(c, label)).findAny();
    if (equal.isPresent()) {
      return "; class '%s' is the same number written otherwise: list the label as it is written"
          .formatted(equal.get());
    }
    return Suggestion.closest(label, classes)
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
