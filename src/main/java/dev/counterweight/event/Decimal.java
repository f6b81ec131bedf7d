package dev.counterweight.event;

/**
 * Numbers as people and other languages write them: an optional sign, digits with an optional point
 * among, before or behind them, an optional exponent; blanks around it are passed over. What only
 * Java takes for a number ({@code 30d}, {@code 1f}, {@code 0x1p3}, {@code NaN}) is none. Events and
 * configuration are read by the same rule.
 */
public final class Decimal {
  private Decimal() {}

  /** Whether a text is such a number; it may be too large for a double. */
  public static boolean is(String text) {
    String number = text.strip();
    int at = sign(number, 0);
    int whole = digits(number, at);
    int end = whole;
    if (end < number.length() && number.charAt(end) == '.') {
      end = digits(number, end + 1);
      if (end == at + 1) {
        return false; // a point alone
      }
    } else if (whole == at) {
      return false;
    }
    if (end < number.length() && (number.charAt(end) | 0x20) == 'e') {
      int exponent = sign(number, end + 1);
      end = digits(number, exponent);
      if (end == exponent) {
        return false;
      }
    }
    return end == number.length();
  }

  /**
   * The value, infinite if a double does not reach it.
   *
   * @throws NumberFormatException if the text is no such number
   */
  public static double parse(String text) {
    if (!is(text)) {
      throw new NumberFormatException("not a decimal number");
    }
    return Double.parseDouble(text.strip());
  }

  private static int sign(String text, int at) {
    return at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+') ? at + 1 : at;
  }

  /** Behind the digits that begin here. */
  private static int digits(String text, int at) {
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }
}
