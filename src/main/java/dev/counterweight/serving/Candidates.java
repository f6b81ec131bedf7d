package dev.counterweight.serving;

/**
 * The networks that a model has side by side: one for each learning rate, then, if it has them, of
 * each of these its moving average.
 *
 * @param rates R
 */
public record Candidates(int rates, boolean averaged) {
  /** A network by itself. */
  public static final Candidates ONE = new Candidates(1, false);

  public Candidates {
    if (rates < 1) {
      throw new IllegalArgumentException("a model of %d networks".formatted(rates));
    }
  }

  /** J. */
  public int count() {
    return averaged ? 2 * rates : rates;
  }

  /** What a candidate is called, such as {@code rate.0} or {@code average.0}. */
  public String name(int candidate) {
    return candidate < rates ? "rate." + candidate : "average." + (candidate - rates);
  }

  /** What the names of a candidate's parameters begin with: nothing if it is by itself. */
  public String prefix(int candidate) {
    return count() == 1 ? "" : name(candidate) + ".";
  }
}
