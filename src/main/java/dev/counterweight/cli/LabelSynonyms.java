package dev.counterweight.cli;

import dev.counterweight.config.NameList;
import dev.counterweight.event.Decimal;
import dev.counterweight.event.EventSchema;
import dev.counterweight.profile.TopicProfile;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The classes that labels mean which are not listed: those written otherwise, in capitals or other
 * characters that look alike, numbers that are equal, true for 1. A label that is another word is
 * for a person to judge.
 */
final class LabelSynonyms {
  /** What {@code ClassNames} says of one. */
  private static final Pattern UNKNOWN = Pattern.compile("(?s)label '(.*)' in field '.*");

  /** More are hardly the classes of a job, but words of another field. */
  private static final int MAX_CLASSES = 20;

  private static final Pattern ESCAPED = Pattern.compile("\\\\u([0-9a-f]{4})");
  private static final Map<String, String> FLAGS = Map.of("true", "1", "false", "0");

  private LabelSynonyms() {}

  /** The value of events.classes with them; empty if there are none. */
  static Optional<String> classes(EventSchema schema, Collection<String> messages) {
    List<List<String>> classes = new ArrayList<>();
    for (int c = 0; c < schema.classCount(); c++) {
      List<String> names = new ArrayList<>(List.of(schema.classes().get(c)));
      names.addAll(schema.synonyms().get(c));
      classes.add(names);
    }
    boolean any = false;
    for (String label : labels(messages)) {
      any |= add(label, classes);
    }
    StringJoiner text = new StringJoiner(",");
    classes.forEach(
        names -> text.add(String.join("|", names.stream().map(NameList::quoted).toList())));
    return any ? Optional.of(text.toString()) : Optional.empty();
  }

  /** The value of events.classes where none of those listed is seen: the labels that are. */
  static Optional<String> instead(Collection<String> messages) {
    List<String> labels = labels(messages);
    return labels.size() < 2 || labels.size() > MAX_CLASSES
        ? Optional.empty()
        : Optional.of(String.join(",", labels.stream().map(NameList::quoted).toList()));
  }

  /** The labels that messages are of, but for those that no configuration can hold. */
  static List<String> labels(Collection<String> messages) {
    return messages.stream()
        .map(UNKNOWN::matcher)
        .filter(Matcher::matches)
        .map(label -> plain(label.group(1)).strip())
        .filter(TopicProfile::writable)
        .toList();
  }

  private static boolean add(String label, List<List<String>> classes) {
    Optional<List<String>> meant =
        classes.stream()
            .filter(
                names ->
                    names.stream().map(LabelSynonyms::meaning).anyMatch(meaning(label)::equals))
            .findFirst();
    return meant.isPresent() && !meant.get().contains(label) && meant.get().add(label);
  }

  private static String meaning(String text) {
    if (Decimal.is(text)) {
      return Double.toString(Decimal.parse(text) + 0.0);
    }
    StringBuilder seen = new StringBuilder();
    Normalizer.normalize(text, Normalizer.Form.NFKC)
        .codePoints()
        .filter(point -> !Character.isIdentifierIgnorable(point))
        .forEach(seen::appendCodePoint);
    String word = seen.toString().strip().toLowerCase(Locale.ROOT);
    String number = FLAGS.get(word);
    return number == null ? word : meaning(number);
  }

  /** As it was before it was made fit to be shown. */
  private static String plain(String shown) {
    return ESCAPED
        .matcher(shown)
        .replaceAll(
            (MatchResult unit) ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(unit.group(1), 16))));
  }
}
