package dev.counterweight.counter;

/**
 * After how many events snapshots are due while catching up: the k-th comes 256 x 1.1^k events
 * after the one before, at most a limit. Early snapshots come often, because early weights change
 * most. Where they are due depends on the events alone, not on what was published between.
 *
 * @param limit events, at least 1
 */
record PublishingPace(long limit) {
  private static final double FIRST = 256;
  private static final double GROWTH = 1.1;

  /** The least number of events above {@code events} at which a snapshot is due. */
  long next(long events) {
    long due = 0;
    for (long k = 0; due <= events; k++) {
      long step = (long) Math.min(limit, FIRST * StrictMath.pow(GROWTH, k));
      // From where steps no longer grow, there is no need to go them one by one.
      due += step == limit ? ((events - due) / limit + 1) * limit : step;
    }
    return due;
  }
}
