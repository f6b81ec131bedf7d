package dev.counterweight.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names in one line: comma-separated, in double quotes where a name has a comma itself. Where each
 * may have synonyms, they stand behind it with a {@code |} between, and a name with one in quotes.
 */
public final class NameList {
  // A quoted name, in which "" is a quote, or one that does not begin with a quote.
  private static final String NAME =
      "\\G\\s*+(?:\"((?:[^\"]++|\"\")*+)\"|((?!\")[^%s]*+))\\s*+([%s]|$)";
  private static final Pattern PLAIN = Pattern.compile(NAME.formatted(",", ","));
  private static final Pattern WITH_SYNONYMS = Pattern.compile(NAME.formatted(",|", ",|"));

  private NameList() {}

  /** A name as it stands in such a list, with synonyms or without. */
  public static String quoted(String name) {
    boolean plain = name.indexOf(',') < 0 && name.indexOf('|') < 0 && !name.startsWith("\"");
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The names, blanks around them dropped; empty if a quote is not closed or stands astray. */
  public static Optional<List<String>> parse(String text) {
    return parse(text, PLAIN).map(groups -> groups.stream().map(group -> group.get(0)).toList());
  }

  /** The names, each with its synonyms behind it; empty as {@link #parse(String)} is. */
  static Optional<List<List<String>>> withSynonyms(String text) {
    return parse(text, WITH_SYNONYMS);
  }

  private static Optional<List<List<String>>> parse(String text, Pattern form) {
    List<List<String>> groups = new ArrayList<>();
    List<String> group = new ArrayList<>();
    Matcher name = form.matcher(text);
    while (name.find()) {
      String quoted = name.group(1);
      group.add((quoted == null ? name.group(2) : quoted.replace("\"\"", "\"")).strip());
      if (!name.group(3).equals("|")) {
        groups.add(List.copyOf(group));
        group.clear();
      }
      if (name.group(3).isEmpty()) {
        return Optional.of(List.copyOf(groups));
      }
    }
    return Optional.empty();
  }
}
