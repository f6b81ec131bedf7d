package dev.counterweight.counter;

/**
 * How many events lie between snapshots while catching up: 256 x 1.1^(snapshots published), at most
 * a limit. Early snapshots come often, because early weights change most.
 *
 * @param limit events, at least 1
 */
record PublishingPace(long limit) {
  private static final double FIRST = 256;
  private static final double GROWTH = 1.1;

  /** Events from snapshot number {@code published} to the next. */
  long events(long published) {
    return (long) Math.min(limit, FIRST * StrictMath.pow(GROWTH, published));
  }
}
