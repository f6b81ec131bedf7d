package dev.counterweight.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names in one line: comma-separated, in double quotes where a name has a comma itself. */
public final class NameList {
  // A quoted name, in which "" is a quote, or one that does not begin with a quote.
  private static final Pattern NAME =
      Pattern.compile("\\G\\s*+(?:\"((?:[^\"]++|\"\")*+)\"|((?!\")[^,]*+))\\s*+(,|$)");

  private NameList() {}

  /** A name as it stands in such a list. */
  static String quoted(String name) {
    boolean plain = name.indexOf(',') < 0 && !name.startsWith("\"");
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The names, blanks around them dropped; empty if a quote is not closed or stands astray. */
  public static Optional<List<String>> parse(String text) {
    List<String> names = new ArrayList<>();
    Matcher name = NAME.matcher(text);
    while (name.find()) {
      String quoted = name.group(1);
      names.add((quoted == null ? name.group(2) : quoted.replace("\"\"", "\"")).strip());
      if (name.group(3).isEmpty()) {
        return Optional.of(List.copyOf(names));
      }
    }
    return Optional.empty();
  }
}
