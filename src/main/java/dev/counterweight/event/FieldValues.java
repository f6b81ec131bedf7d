package dev.counterweight.event;

import java.util.ArrayList;
import java.util.List;

/** The first values of an array, copied. Not thread-safe. */
final class FieldValues {
  // Kept between arrays: nothing is made for an array no longer than one before.
  private final List<FieldValue> values = new ArrayList<>();
  private int most;
  private int count;

  /**
   * @param atLeast how many are kept, unless more were asked for before
   */
  void keep(int atLeast) {
    most = Math.max(most, atLeast);
  }

  boolean full() {
    return count == most;
  }

  void clear() {
    count = 0;
  }

  /** Takes a value, unless it is full. */
  void add(FieldValue value) {
    if (full()) {
      return;
    }
    if (count == values.size()) {
      values.add(new FieldValue());
    }
    values.get(count).copy(value);
    count++;
  }

  /** What another one holds. */
  void copy(FieldValues from) {
    clear();
    keep(from.count);
    for (int i = 0; i < from.count; i++) {
      add(from.get(i));
    }
  }

  int count() {
    return count;
  }

  FieldValue get(int index) {
    return values.get(index);
  }
}
