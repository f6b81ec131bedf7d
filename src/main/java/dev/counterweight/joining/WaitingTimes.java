package dev.counterweight.joining;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;

/**
 * How many events wait, by their times, in bins of equal width: as many as are told apart. Bins get
 * twice as wide where there would be too many. Not thread-safe.
 */
final class WaitingTimes {
  /** Few, as they are written with each record. */
  private static final int MOST = 16;

  private long widthMs = 1;
  private int bins;
  private final long[] starts = new long[MOST];
  private final long[] counts = new long[MOST];
  private long count;

  long count() {
    return count;
  }

  long oldestMs() {
    return bins == 0 ? JoinClock.UNKNOWN : starts[0];
  }

  void add(long timeMs) {
    int at = find(timeMs);
    while (at < 0 && bins == MOST) {
      widen();
      at = find(timeMs);
    }
    if (at < 0) {
      at = -at - 1;
      System.arraycopy(starts, at, starts, at + 1, bins - at);
      System.arraycopy(counts, at, counts, at + 1, bins - at);
      starts[at] = start(timeMs);
      counts[at] = 0;
      bins++;
    }
    counts[at]++;
    count++;
  }

  void remove(long timeMs) {
    int at = find(timeMs);
    if (at < 0) {
      throw new InvariantException("events that wait, of time " + timeMs, "at least one", 0);
    }
    count--;
    if (--counts[at] == 0) {
      bins--;
      System.arraycopy(starts, at + 1, starts, at, bins - at);
      System.arraycopy(counts, at + 1, counts, at, bins - at);
      if (bins == 0) {
        widthMs = 1;
      }
    }
  }

  private long start(long timeMs) {
    return Math.floorDiv(timeMs, widthMs) * widthMs;
  }

  /** Index of the bin, or -1 minus where it would stand; from the end, where times mostly are. */
  private int find(long timeMs) {
    long start = start(timeMs);
    for (int at = bins - 1; at >= 0; at--) {
      if (starts[at] <= start) {
        return starts[at] == start ? at : -at - 2;
      }
    }
    return -1;
  }

  private void widen() {
    widthMs *= 2;
    int into = -1;
    for (int at = 0; at < bins; at++) {
      long start = start(starts[at]);
      if (into < 0 || starts[into] != start) {
        into++;
        starts[into] = start;
        counts[into] = counts[at];
      } else {
        counts[into] += counts[at];
      }
    }
    bins = into + 1;
  }

  int size() {
    return Long.BYTES + 1 + bins * 2 * Long.BYTES;
  }

  void write(ByteBuffer bytes) {
    bytes.putLong(widthMs).put((byte) bins);
    for (int at = 0; at < bins; at++) {
      bytes.putLong(starts[at]).putLong(counts[at]);
    }
  }

  void read(ByteBuffer bytes) {
    widthMs = bytes.getLong();
    bins = bytes.get();
    if (widthMs < 1 || bins < 0 || bins > MOST) {
      throw new InvariantException(
          "times of events that wait",
          "a width and at most " + MOST + " bins",
          widthMs + ", " + bins);
    }
    count = 0;
    for (int at = 0; at < bins; at++) {
      starts[at] = bytes.getLong();
      counts[at] = bytes.getLong();
      if (counts[at] < 1
          || start(starts[at]) != starts[at]
          || (at > 0 && starts[at] <= starts[at - 1])) {
        throw new InvariantException(
            "times of events that wait",
            "bins in order, with one event or more",
            "%d events from %d".formatted(counts[at], starts[at]));
      }
      count += counts[at];
    }
  }
}
