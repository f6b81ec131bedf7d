package dev.counterweight.sampling;

/**
 * A number of uses that falls with the evidence: it is {@code first} while at most {@code until}
 * events were seen, falls from there on in proportion to 1 / events, or to the root of that, and
 * ends at {@code last}. Few events have to be used often to be learnt from at all; where there are
 * many, using each often costs time and accuracy.
 *
 * @param first at least {@code last}; infinite for no bound
 * @param last at least 0
 * @param until above 0
 */
public record Falling(double first, double last, double until, boolean byRoot) {

  /**
   * @throws IllegalArgumentException if the number would not fall
   */
  public Falling {
    if (!(last >= 0) || !(first >= last) || !(until > 0)) {
      throw new IllegalArgumentException(
          "a number of uses from %s to %s after %s events: it must fall to 0 or more"
              .formatted(first, last, until));
    }
  }

  /** The same number always. */
  public static Falling constant(double number) {
    return new Falling(number, number, 1, false);
  }

  /** The number where so many events were seen, which may be decayed. */
  public double at(double events) {
    if (!(events > until) || first == last) {
      return first;
    }
    double share = until / events;
    return Math.max(last, first * (byRoot ? Math.sqrt(share) : share));
  }
}
