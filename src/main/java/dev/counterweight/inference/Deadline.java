package dev.counterweight.inference;

/**
 * When a request must have been answered.
 *
 * @param atNs of {@link System#nanoTime}
 */
record Deadline(long atNs) {

  static Deadline in(long ns) {
    return new Deadline(System.nanoTime() + ns);
  }

  boolean isPast() {
    return System.nanoTime() - atNs > 0;
  }

  /**
   * Gives up on work that takes too long.
   *
   * @throws Refusal if it is past
   */
  void check(int done, int of) throws Refusal {
    if (isPast()) {
      throw new Refusal(
          503,
          "scored %d of %d rows in the time that a request has: send fewer at once"
              .formatted(done, of));
    }
  }
}
