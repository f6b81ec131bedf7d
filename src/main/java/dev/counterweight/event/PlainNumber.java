package dev.counterweight.event;

import com.fasterxml.jackson.core.io.NumberInput;

/** A number as JSON has it, read from bytes. Not thread-safe. */
final class PlainNumber {
  /** What is read of it at most. */
  static final int LONGEST = 64;

  /** That a long surely holds. */
  private static final int MOST_DIGITS = 18;

  /** Below it a double holds every whole number. */
  private static final long EXACT = 1L << 53;

  /** Beyond it an exponent makes any number 0 or infinite. */
  private static final int LARGEST_EXPONENT = 9_999;

  /** The powers of ten that a double holds. */
  private static final double[] TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private byte[] in = {};
  private int from;
  private int to;
  private boolean negative;

  /** Its digits as one whole number, times ten to the power of scale. */
  private long digits;

  private int count;
  private int scale;
  private boolean whole;
  private final char[] characters = new char[LONGEST];

  /**
   * Reads a number.
   *
   * @param at where it begins
   * @return the place behind it; -1 if it is none, or too long
   */
  int read(byte[] bytes, int at) {
    in = bytes;
    from = at;
    digits = 0;
    scale = 0;
    negative = peek(bytes, at) == '-';
    int first = negative ? at + 1 : at;
    int end = digits(first);
    count = end - first;
    if (count == 0 || count > 1 && bytes[first] == '0') {
      return -1;
    }
    whole = true;
    if (peek(bytes, end) == '.') {
      whole = false;
      int point = end + 1;
      end = digits(point);
      scale = point - end;
      count -= scale;
      if (scale == 0) {
        return -1;
      }
    }
    if ((peek(bytes, end) | 0x20) == 'e') {
      end = exponent(end + 1);
    }
    to = end;
    return end - at <= LONGEST ? end : -1;
  }

  /** Adds the digits from a place on to {@link #digits}; the place behind them. */
  private int digits(int first) {
    byte[] bytes = in;
    long sum = digits;
    int i = first;
    while (i < bytes.length) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      sum = 10 * sum + digit;
      i++;
    }
    digits = sum;
    return i;
  }

  private int exponent(int at) {
    whole = false;
    int sign = peek(in, at);
    int first = sign == '+' || sign == '-' ? at + 1 : at;
    int end = behindDigits(in, first);
    if (end == first) {
      return -1;
    }
    int exponent = 0;
    for (int i = first; i < end; i++) {
      exponent = Math.min(10 * exponent + in[i] - '0', LARGEST_EXPONENT);
    }
    scale += sign == '-' ? -exponent : exponent;
    return end;
  }

  /**
   * Passes over a number.
   *
   * @return as {@link #read}
   */
  static int skip(byte[] bytes, int at) {
    int first = peek(bytes, at) == '-' ? at + 1 : at;
    int end = behindDigits(bytes, first);
    if (end == first || end > first + 1 && bytes[first] == '0') {
      return -1;
    }
    if (peek(bytes, end) == '.') {
      int point = end + 1;
      end = behindDigits(bytes, point);
      if (end == point) {
        return -1;
      }
    }
    if ((peek(bytes, end) | 0x20) == 'e') {
      int sign = peek(bytes, end + 1);
      int exponent = sign == '+' || sign == '-' ? end + 2 : end + 1;
      end = behindDigits(bytes, exponent);
      if (end == exponent) {
        return -1;
      }
    }
    return end - at <= LONGEST ? end : -1;
  }

  private static int behindDigits(byte[] bytes, int first) {
    int i = first;
    while (i < bytes.length && bytes[i] >= '0' && bytes[i] <= '9') {
      i++;
    }
    return i;
  }

  /** Whether it has neither point nor exponent. */
  boolean isWhole() {
    return whole;
  }

  /** Whether {@link #value} can tell it: not of a whole number that is very long. */
  boolean isTold() {
    return !whole || count <= MOST_DIGITS;
  }

  /** The number, correctly rounded. */
  double value() {
    if (whole) {
      return negative ? -digits : digits; // there is no whole number -0
    }
    if (count > MOST_DIGITS || digits >= EXACT || Math.abs(scale) >= TEN.length) {
      return parsed();
    }
    // Both are exact, so that it is rounded once.
    double value = scale < 0 ? digits / TEN[-scale] : digits * TEN[scale];
    return negative ? -value : value;
  }

  private double parsed() {
    for (int i = from; i < to; i++) {
      characters[i - from] = (char) in[i];
    }
    return NumberInput.parseDouble(characters, 0, to - from, true);
  }

  private static int peek(byte[] bytes, int place) {
    return place < bytes.length ? bytes[place] & 0xff : -1;
  }
}
