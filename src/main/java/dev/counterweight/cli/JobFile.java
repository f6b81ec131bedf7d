package dev.counterweight.cli;

import dev.counterweight.config.NameList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A job's .properties file as it is written, with its comments. Keys, values and comments may hold
 * any text: it is read back as it was. Not thread-safe.
 */
final class JobFile {
  private static final int WIDTH = 98;

  private final StringBuilder text = new StringBuilder();
  private final Map<String, String> values = new LinkedHashMap<>();

  /** A heading, behind an empty line. */
  void heading(String words) {
    text.append('\n');
    comment(words);
  }

  /** Words for people, in as many lines as they need. */
  void comment(String words) {
    StringBuilder line = new StringBuilder("#");
    for (String word : escaped(words, "").split(" ")) {
      if (line.length() + word.length() >= WIDTH && line.length() > 1) {
        text.append(line).append('\n');
        line = new StringBuilder("#  ");
      }
      line.append(' ').append(word);
    }
    text.append(line).append('\n');
  }

  /** A key that a person may want to set, with what it could be. */
  void suggestion(String key, String value) {
    text.append('#').append(line(key, value)).append('\n');
  }

  void set(String key, String value) {
    set(key, value, value);
  }

  /**
   * A key whose value is not written.
   *
   * @param written refers to it
   * @param value what it is now
   */
  void set(String key, String written, String value) {
    values.put(key, value);
    text.append(line(key, written)).append('\n');
  }

  /** A key whose value is a list, a name on each line. */
  void list(String key, List<String> names) {
    values.put(key, names.stream().map(NameList::quoted).collect(Collectors.joining(",")));
    text.append(escaped(key, "\\ :=")).append('=');
    text.append(
        names.stream()
            .map(NameList::quoted)
            .map(name -> "\\\n  " + escaped(name, "\\"))
            .collect(Collectors.joining(",")));
    text.append('\n');
  }

  /** {key: value}, for use now. */
  Map<String, String> values() {
    return values;
  }

  /** The file. */
  String text() {
    return text.toString();
  }

  private static String line(String key, String value) {
    String written = escaped(value, "\\");
    return escaped(key, "\\ :=") + '=' + (written.startsWith(" ") ? "\\" : "") + written;
  }

  /** What cannot be seen as code points, and {@code marks} behind a backslash. */
  private static String escaped(String text, String marks) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (unseen(point)) {
                for (char unit : Character.toChars(point)) {
                  escaped.append("\\u%04x".formatted((int) unit));
                }
              } else {
                if (marks.indexOf(point) >= 0) {
                  escaped.append('\\');
                }
                escaped.appendCodePoint(point);
              }
            });
    return escaped.toString();
  }

  private static boolean unseen(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK ->
          true;
      case Character.SPACE_SEPARATOR -> point != ' ';
      default -> false;
    };
  }
}
