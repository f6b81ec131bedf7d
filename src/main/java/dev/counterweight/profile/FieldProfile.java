package dev.counterweight.profile;

import dev.counterweight.event.Decimal;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The values that one field had, in bounded memory. Not thread-safe. */
public final class FieldProfile {
  /** Different values that are counted one by one. */
  static final int COUNTED = 1000;

  private static final int LONGEST_COUNTED = 200;

  /** By RFC 3696; the pattern takes long over long texts. */
  private static final int LONGEST_EMAIL = 320;

  private static final Pattern UUID =
      Pattern.compile("(?i)[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}");
  private static final Pattern EMAIL = Pattern.compile("[^@\\s]+@[^@\\s]+\\.[^@\\s]+");

  private final Distinct distinct = new Distinct();
  private final Times times = new Times();
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private boolean countedAll = true;
  private long flags;
  private long numbers;
  private long whole;
  private long infinite;
  private long quotedNumbers;
  private long texts;
  private long moments;
  private boolean local;
  private long uuids;
  private long emails;
  private long textLength;
  private long objects;
  private long opaque;
  private long arrays;
  private int longest;
  private int shortest = Integer.MAX_VALUE;
  private long rising;
  private double least = Double.POSITIVE_INFINITY;
  private double largest = Double.NEGATIVE_INFINITY;
  private double sum;
  private double last = Double.NaN;
  private @Nullable FieldProfile elements;

  FieldProfile() {}

  void add(Value value) {
    if (value instanceof Value.Numeral numeral) {
      numeral(numeral);
    } else if (value instanceof Value.Text text) {
      text(text.text().strip());
    } else if (value instanceof Value.Flag flag) {
      flags++;
      number(flag.value() ? 1 : 0);
      counted(Boolean.toString(flag.value()));
    } else if (value instanceof Value.Moment moment) {
      moments++;
      local |= moment.local();
      number(moment.ms());
      counted(Long.toString(moment.ms()));
    } else if (value instanceof Value.Items items) {
      items(items);
    } else if (value instanceof Value.Fields) {
      objects++;
    } else if (value instanceof Value.Opaque) {
      opaque++;
    }
  }

  /** A scalar as it is counted; empty for anything else. */
  static String text(Value value) {
    if (value instanceof Value.Numeral numeral) {
      return numeral.text();
    }
    if (value instanceof Value.Text text) {
      return text.text().strip();
    }
    return value instanceof Value.Flag flag ? Boolean.toString(flag.value()) : "";
  }

  private void numeral(Value.Numeral numeral) {
    if (Double.isNaN(numeral.value())) {
      return;
    }
    numbers++;
    infinite += Float.isFinite((float) numeral.value()) ? 0 : 1;
    number(numeral.value());
    times.add(numeral.value());
    counted(numeral.text());
  }

  private void text(String text) {
    if (text.isEmpty()) {
      return;
    }
    if (Decimal.is(text)) {
      quotedNumbers++;
      double number = Decimal.parse(text);
      number(number);
      times.add(number);
    } else {
      texts++;
      textLength += text.length();
      times.add(text);
      uuids += text.length() <= 36 && UUID.matcher(text).matches() ? 1 : 0;
      emails += text.length() <= LONGEST_EMAIL && EMAIL.matcher(text).matches() ? 1 : 0;
    }
    counted(text);
  }

  private void items(Value.Items items) {
    int length = items.values().size();
    if (length == 0) {
      return;
    }
    arrays++;
    longest = Math.max(longest, length);
    shortest = Math.min(shortest, length);
    if (elements == null) {
      elements = new FieldProfile();
    }
    items.values().forEach(elements::add);
  }

  private void number(double number) {
    whole += number == Math.rint(number) ? 1 : 0;
    rising += number > last ? 1 : 0;
    last = number;
    least = Math.min(least, number);
    largest = Math.max(largest, number);
    sum += number;
  }

  private void counted(String text) {
    distinct.add(text);
    if (counts.size() >= COUNTED && !counts.containsKey(text) || text.length() > LONGEST_COUNTED) {
      countedAll = false;
    } else {
      counts.merge(text, 1L, Long::sum);
    }
  }

  /** Events whose field held a value: not null, NaN, blank, nor an empty array. */
  public long present() {
    return scalars() + objects + arrays + opaque;
  }

  /** Values that are one thing: a number, a text, true or false, a time. */
  long scalars() {
    return flags + numbers + quotedNumbers + texts + moments;
  }

  /** Of them, numbers that stand as numbers. */
  public long numbers() {
    return numbers;
  }

  /** Whether nine of ten of its values, or more, are numbers, in quotes or not, or flags. */
  public boolean mostlyNumbers() {
    return scalars() == present() && mostly(numbers + quotedNumbers + flags);
  }

  long quotedNumbers() {
    return quotedNumbers;
  }

  long flags() {
    return flags;
  }

  long texts() {
    return texts;
  }

  long moments() {
    return moments;
  }

  /** Whether some of its times do not say in which zone they are. */
  boolean local() {
    return local;
  }

  long arrays() {
    return arrays;
  }

  long objects() {
    return objects;
  }

  /** Numbers that a 32-bit float does not reach. */
  long infinite() {
    return infinite;
  }

  boolean allWhole() {
    return whole == scalars();
  }

  /** Whether each number is larger than the one before it, but for a change of partition. */
  boolean counting() {
    return scalars() > 1 && rising >= 0.99 * (scalars() - 1);
  }

  boolean mostly(long what) {
    return what >= 0.9 * Math.max(1, scalars());
  }

  boolean uuids() {
    return mostly(uuids);
  }

  boolean emails() {
    return mostly(emails);
  }

  double meanTextLength() {
    return texts == 0 ? 0 : (double) textLength / texts;
  }

  double least() {
    return least;
  }

  double largest() {
    return largest;
  }

  double mean() {
    return sum / Math.max(1, scalars() - texts);
  }

  Distinct distinct() {
    return distinct;
  }

  /** {value: events that had it}; empty where there are too many to count one by one. */
  Map<String, Long> counts() {
    return countedAll ? counts : Map.of();
  }

  /** The unit in which every value is a time. */
  Optional<EventTimeUnit> timeUnit() {
    return moments > 0 && moments == scalars()
        ? Optional.of(EventTimeUnit.MS)
        : times.of(scalars());
  }

  boolean timesLackOffset() {
    return times.lackOffset(scalars());
  }

  /** What stands in the arrays; null where there are none. */
  @Nullable FieldProfile elements() {
    return elements;
  }

  int longestArray() {
    return longest;
  }

  /** Whether all arrays are of one length. */
  boolean oneLength() {
    return longest == shortest;
  }
}
