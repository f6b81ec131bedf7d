package dev.counterweight.event;

/**
 * When to try a reader of the plain kind before a parser. A stream may never be of that kind, and
 * would pay for both: after a miss, the next value is left to the parser, after another two are,
 * and so on up to 64; a hit ends that. Not thread-safe.
 */
public final class PlainAttempts {
  private static final int MOST_PASSED = 64;

  /** Values to pass over after the last miss. */
  private int pause;

  /** Values of them yet to come. */
  private int left;

  /** Whether to try it on the next value; if so, {@link #tell} is told what came of it. */
  public boolean isDue() {
    if (left == 0) {
      return true;
    }
    left--;
    return false;
  }

  /** Tells whether the value was of the plain kind, and returns that. */
  public boolean tell(boolean plain) {
    pause = plain ? 0 : Math.min(MOST_PASSED, Math.max(1, 2 * pause));
    left = pause;
    return plain;
  }
}
