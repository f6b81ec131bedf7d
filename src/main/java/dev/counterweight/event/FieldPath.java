package dev.counterweight.event;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a field of an event stands: {@code amount}, {@code card.country}, {@code items[0].price};
 * {@code key:} and {@code header:NAME} in front reach the record's key and headers. A field whose
 * own name has a dot or brackets is found as well: of all readings of a path, the one with the
 * longest literal names wins, from its first name on.
 *
 * @param text as it is configured
 * @param source the part of the record that it is looked for in
 * @param name within the source: a header's name, or a path; empty for the key as a whole
 */
public record FieldPath(String text, Source source, String name) {
  private static final String KEY = "key:";
  private static final String HEADER = "header:";

  /** The part of a record that a field stands in. */
  public enum Source {
    VALUE,
    KEY,
    HEADER
  }

  /** A step into an object or an array. */
  public sealed interface Step {}

  /** The member of an object with this name. */
  public record Member(String name) implements Step {}

  /** The element of an array at this index, from 0. */
  public record Element(int index) implements Step {}

  /** Whether a text names a field. */
  public static boolean is(String text) {
    return !text.isBlank() && !text.equals(HEADER);
  }

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException if a header's name or all of it is missing
   */
  public static FieldPath parse(String text) {
    if (text.startsWith(KEY)) {
      return new FieldPath(text, Source.KEY, text.substring(KEY.length()));
    }
    boolean header = text.startsWith(HEADER);
    String name = header ? text.substring(HEADER.length()) : text;
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "'" + text + "' names no " + (header ? "header" : "field"));
    }
    return new FieldPath(text, header ? Source.HEADER : Source.VALUE, name);
  }

  /**
   * All ways in which the name may lie in nested objects, the one to prefer first: {@code a.b.c} is
   * the member a.b.c, or c of a.b, or b.c of a, or c of b of a. At most {@value #MAX_READINGS}.
   */
  public List<List<Step>> readings() {
    List<List<Step>> readings = new ArrayList<>();
    read(name, new ArrayList<>(), readings);
    return readings;
  }

  private static final int MAX_READINGS = 64;

  private static void read(String rest, List<Step> before, List<List<Step>> readings) {
    for (int end = rest.length(); end > 0 && readings.size() < MAX_READINGS; end--) {
      boolean whole = end == rest.length();
      if (!whole && rest.charAt(end) != '.') {
        continue;
      }
      String first = rest.substring(0, end);
      for (List<Step> steps : asSteps(first)) {
        List<Step> path = new ArrayList<>(before);
        path.addAll(steps);
        if (whole) {
          readings.add(List.copyOf(path));
        } else {
          read(rest.substring(end + 1), path, readings);
        }
      }
    }
  }

  /** A name as it stands, and, where it ends in indices, the element of the name before them. */
  private static List<List<Step>> asSteps(String name) {
    List<List<Step>> ways = new ArrayList<>();
    ways.add(List.of(new Member(name)));
    int bracket = name.indexOf('[');
    if (bracket > 0 && name.substring(bracket).matches("(\\[[0-9]{1,6}\\])+")) {
      List<Step> steps = new ArrayList<>();
      steps.add(new Member(name.substring(0, bracket)));
      for (String index : name.substring(bracket + 1, name.length() - 1).split("\\]\\[")) {
        steps.add(new Element(Integer.parseInt(index)));
      }
      ways.add(List.copyOf(steps));
    }
    return ways;
  }

  /** Whether it is a field of an object that the record's key is. */
  public boolean isWithinKey() {
    return source == Source.KEY && !name.isEmpty();
  }

  /** As it is configured. */
  @Override
  public String toString() {
    return text;
  }
}
