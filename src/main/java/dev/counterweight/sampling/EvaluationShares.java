package dev.counterweight.sampling;

import dev.counterweight.protocol.InvariantException;
import java.util.Arrays;

/**
 * The probability e_c with which an event of class c is evaluated: half of the budget uniform, half
 * spread evenly over the classes, so that rare ones are measured too.
 *
 * <p>e_c = h + min(1 - h, k / p_c) with h = share / 2 and the one k at which sum p_c e_c = share.
 * Every e_c is at least h, so that a row's weight 1 / e_c is at most 2 / share.
 */
public final class EvaluationShares {
  private static final double ROUNDING = 1e-12;

  private EvaluationShares() {}

  /**
   * @param priors p_c, summing to one, or all 0 while nothing was counted
   * @param share above 0, at most 1
   * @return e_c, K values in (0, 1]; 1 for a class not yet seen
   */
  public static double[] of(double[] priors, double share) {
    double half = share / 2;
    double cap = 1 - half;
    double level = level(priors, half, cap);
    double[] shares = new double[priors.length];
    for (int c = 0; c < shares.length; c++) {
      shares[c] = priors[c] > 0 ? half + Math.min(cap, level / priors[c]) : 1;
    }
    return shares;
  }

  /**
   * Demands that weights 1 / e_c are at least 1 and at most 2 / share.
   *
   * @throws InvariantException naming the first that is not
   */
  static void require(double[] shares, double share) {
    for (int c = 0; c < shares.length; c++) {
      double weight = 1 / shares[c];
      if (!(weight >= 1 - ROUNDING && weight <= 2 / share * (1 + ROUNDING))) {
        throw new InvariantException(
            "class %d: evaluation weights 1/e_c are at least 1 and at most 2/share".formatted(c),
            "1 to " + 2 / share,
            weight);
      }
    }
  }

  /** k, at which sum min(p_c cap, k) is half: the rarest classes are the first at their cap. */
  private static double level(double[] priors, double half, double cap) {
    double[] rising = Arrays.stream(priors).filter(p -> p > 0).sorted().toArray();
    double left = half;
    for (int i = 0; i < rising.length; i++) {
      double level = left / (rising.length - i);
      if (level <= rising[i] * cap) {
        return level;
      }
      left -= rising[i] * cap;
    }
    return Double.POSITIVE_INFINITY;
  }
}
