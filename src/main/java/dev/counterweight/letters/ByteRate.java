package dev.counterweight.letters;

/**
 * Whether so many bytes may go out now: a number of them a second, and what was saved up in the ten
 * seconds before. Not thread-safe.
 */
public final class ByteRate {
  private static final int SAVED_S = 10;

  private final long bytesPerSecond;
  private double saved;
  private long atMs;

  /**
   * @param bytesPerSecond 0 for as many as come
   */
  public ByteRate(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
    this.saved = most();
  }

  /**
   * Takes bytes, if there are any left; the last may exceed what is.
   *
   * @param nowMs nothing is saved up over a time by which it is set back
   */
  public boolean take(long bytes, long nowMs) {
    if (bytesPerSecond == 0) {
      return true;
    }
    saved = Math.min(most(), saved + bytesPerSecond * 1e-3 * Math.max(0, nowMs - atMs));
    atMs = nowMs;
    if (saved <= 0) {
      return false;
    }
    saved -= bytes;
    return true;
  }

  /** Takes back that bytes went out. */
  public void giveBack(long bytes) {
    saved = Math.min(most(), saved + bytes);
  }

  private double most() {
    return (double) SAVED_S * bytesPerSecond;
  }
}
