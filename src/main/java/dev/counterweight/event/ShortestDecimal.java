package dev.counterweight.event;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Numbers as the shortest decimals that stand for them alone, without exponent, as Python's repr
 * and other languages have them: {@code 0.1}. Java's own text is another one from release 19 on,
 * and of one in ten float32s longer before: a category's row must not depend on that.
 */
final class ShortestDecimal {
  private ShortestDecimal() {}

  /** Of a number that may be infinite or NaN. */
  static String of(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    BigDecimal exact = new BigDecimal(value);
    // What has 15 digits comes back from a double; what is below the normal range has fewer.
    for (int digits = Math.abs(value) < Double.MIN_NORMAL ? 1 : 15; ; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (digits >= 17 || rounded.doubleValue() == value) {
        return rounded.stripTrailingZeros().toPlainString();
      }
    }
  }

  /** Of a number of 32 bits. */
  static String of(float value) {
    if (!Float.isFinite(value)) {
      return Float.toString(value);
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = Math.abs(value) < Float.MIN_NORMAL ? 1 : 6; ; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (digits >= 9 || rounded.floatValue() == value) {
        return rounded.stripTrailingZeros().toPlainString();
      }
    }
  }
}
