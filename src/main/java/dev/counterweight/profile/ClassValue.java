package dev.counterweight.profile;

import dev.counterweight.event.Decimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A class, as labels write it.
 *
 * @param names the ways in which it is written, the most frequent first; at least one
 * @param events of the sample that have it
 */
public record ClassValue(List<String> names, long events) {
  private static final Set<String> YES = Set.of("true", "1", "yes", "y", "t");
  private static final Set<String> NO = Set.of("false", "0", "no", "n", "f");

  public ClassValue {
    names = List.copyOf(names);
  }

  /**
   * The classes among a label's values, the most frequent first: texts that differ in case alone
   * are one, numbers that are equal, and, where all values are flags, those of one meaning. Without
   * those that no configuration can hold.
   */
  static List<ClassValue> of(Map<String, Long> counts) {
    boolean flags = counts.keySet().stream().allMatch(ClassValue::flag);
    Map<String, List<Map.Entry<String, Long>>> groups = new LinkedHashMap<>();
    counts.entrySet().stream()
        .filter(value -> TopicProfile.writable(value.getKey()))
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(
            value ->
                groups
                    .computeIfAbsent(meaning(value.getKey(), flags), m -> new ArrayList<>())
                    .add(value));
    return groups.values().stream()
        .map(
            group ->
                new ClassValue(
                    group.stream().map(Map.Entry::getKey).toList(),
                    group.stream().mapToLong(Map.Entry::getValue).sum()))
        .sorted(Comparator.comparingLong(ClassValue::events).reversed())
        .toList();
  }

  private static boolean flag(String value) {
    String plain = plain(value);
    return YES.contains(plain) || NO.contains(plain);
  }

  private static String meaning(String value, boolean flags) {
    String plain = plain(value);
    return flags ? Boolean.toString(YES.contains(plain)) : plain;
  }

  private static String plain(String value) {
    String text = value.strip();
    if (Decimal.is(text)) {
      double number = Decimal.parse(text);
      return number == Math.rint(number) && Math.abs(number) < 1e15
          ? Long.toString((long) number)
          : Double.toString(number);
    }
    return text.toLowerCase(Locale.ROOT);
  }
}
