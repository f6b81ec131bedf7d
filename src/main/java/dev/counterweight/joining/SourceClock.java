package dev.counterweight.joining;

/**
 * How far one partition of a side has been read, as a time. Records that are read take it to their
 * own times ({@link ReadTimes}); at the end of the partition the wall clock goes on, from the last
 * answer of a broker that there is nothing more: none that does not answer lets anything be over.
 * Owned by the thread that reads the partition.
 */
public final class SourceClock {
  private final Side side;
  private final long graceMs;
  private final ReadTimes times = new ReadTimes();
  private long greatestMs = JoinClock.UNKNOWN;
  private long atEndMs = JoinClock.UNKNOWN;
  private boolean atEnd;
  private long lastReadMs;

  /**
   * @param openedMs wall clock, when reading began
   */
  public SourceClock(Side side, long graceMs, long openedMs) {
    this.side = side;
    this.graceMs = graceMs;
    this.lastReadMs = openedMs;
  }

  /**
   * A record was read.
   *
   * @param timeMs its own time
   * @param nowMs wall clock
   */
  public void read(long timeMs, long nowMs) {
    times.add(Math.min(timeMs, nowMs));
    passed(timeMs, nowMs);
  }

  /**
   * Records were read by another, who says how far.
   *
   * @param upToMs as {@link ReadTimes#ms}
   * @param greatest their greatest time
   * @param nowMs wall clock
   */
  public void readElsewhere(long upToMs, long greatest, long nowMs) {
    times.atLeast(Math.min(upToMs, nowMs));
    passed(greatest, nowMs);
  }

  private void passed(long timeMs, long nowMs) {
    greatestMs = Math.max(greatestMs, Math.min(timeMs, nowMs));
    lastReadMs = nowMs;
    atEnd = false;
  }

  /** As {@link ReadTimes#ms}. */
  public long upToMs() {
    return times.ms();
  }

  /** The greatest time read, or {@link JoinClock#UNKNOWN}. */
  public long greatestMs() {
    return greatestMs;
  }

  /**
   * A broker answered that the partition ends where it is read to, and all that was read has been
   * handled.
   *
   * @param askedMs wall clock, when it was asked
   */
  public void atEnd(long askedMs) {
    atEndMs = askedMs;
    atEnd = true;
  }

  /** A broker answered that there is more to read. */
  public void behind() {
    atEnd = false;
  }

  /** Up to when all has been read, but for what is out of order, or {@link JoinClock#UNKNOWN}. */
  public long watermarkMs(long nowMs) {
    lastReadMs = Math.min(lastReadMs, nowMs); // where the clock was set back
    return Math.min(side == Side.LABELS ? known() : events(nowMs), nowMs);
  }

  private long known() {
    return Math.max(times.ms(), atEndMs);
  }

  private long events(long nowMs) {
    long quietMs = nowMs - lastReadMs;
    if (quietMs >= graceMs) {
      return known();
    }
    return atEnd && greatestMs != JoinClock.UNKNOWN
        ? Math.min(atEndMs, greatestMs + Math.max(0, quietMs))
        : times.ms();
  }
}
