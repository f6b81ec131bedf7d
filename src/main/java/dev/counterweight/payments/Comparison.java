package dev.counterweight.payments;

/**
 * What share of the best that could be had was had, by who knows the densities of all sources, on
 * the same payments.
 *
 * @param prAuc average precision as a share of the best one's
 * @param saved what alerts saved as a share of what the best one's saved
 */
public record Comparison(Estimate prAuc, Estimate saved) {
  /**
   * Compares two probabilities of the same payments in the same order.
   *
   * @param best {@link Truth#bayes}
   */
  public static Comparison of(JudgedPayments payments, JudgedPayments best, long seed) {
    if (payments.size() != best.size()) {
      throw new IllegalArgumentException(
          payments.size() + " payments beside " + best.size() + ", must be the same payments");
    }
    Resamples own = Resamples.of(payments, seed);
    Resamples other = Resamples.of(best, seed);
    return new Comparison(own.shareOf(other, Figures.PR_AUC), own.shareOf(other, Figures.SAVED));
  }
}
