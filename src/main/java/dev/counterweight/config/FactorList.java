package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Factors in one line, separated by commas, each a number or a fraction such as 1/3. */
final class FactorList {
  private FactorList() {}

  /** The factors, if each is above 0 and larger than the one before. */
  static Optional<List<Double>> parse(String text) {
    List<Double> factors = new ArrayList<>();
    double least = 0;
    for (String item : text.split(",", -1)) {
      double factor = factor(item);
      if (!(factor > least) || Double.isInfinite(factor)) {
        return Optional.empty();
      }
      factors.add(factor);
      least = factor;
    }
    return Optional.of(factors);
  }

  /** NaN if it is none. */
  private static double factor(String text) {
    int stroke = text.indexOf('/');
    double below = stroke < 0 ? 1 : number(text.substring(stroke + 1));
    return below > 0 ? number(stroke < 0 ? text : text.substring(0, stroke)) / below : Double.NaN;
  }

  private static double number(String text) {
    return Decimal.is(text) ? Decimal.parse(text) : Double.NaN;
  }
}
