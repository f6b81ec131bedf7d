package dev.counterweight.event;

import java.util.List;
import java.util.Map;

/** What stands in an event, whatever its format. */
public sealed interface Value {

  /** Null, in the formats that have one. */
  record Absent() implements Value {}

  /** True or false. */
  record Flag(boolean value) implements Value {}

  /**
   * A number.
   *
   * @param text as it is written: a label of 1.0 is not one of 1
   */
  record Numeral(double value, String text) implements Value {}

  /** A text, or the name of an enum's constant. */
  record Text(String text) implements Value {}

  /**
   * A point in time that the format itself knows to be one.
   *
   * @param ms milliseconds since 1970
   * @param local whether it does not say in which zone: it has an hour and a day alone
   */
  record Moment(long ms, boolean local) implements Value {}

  /** Bytes that stand for nothing a model reads. */
  record Opaque() implements Value {}

  /** An array. */
  record Items(List<Value> values) implements Value {
    public Items {
      values = List.copyOf(values);
    }
  }

  /** An object: its fields in their order. */
  record Fields(Map<String, Value> values) implements Value {}

  /** {@link Numeral} that is written so. */
  static Value number(String text) {
    return new Numeral(Double.parseDouble(text), text);
  }
}
