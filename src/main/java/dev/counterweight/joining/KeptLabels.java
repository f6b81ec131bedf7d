package dev.counterweight.joining;

import java.util.Arrays;

/**
 * The labels that are kept of one key, in the order in which they came. Not thread-safe; lives as
 * long as a row is being worked on.
 */
final class KeptLabels {
  /** Nothing became of it yet. */
  static final byte OPEN = 0;

  /** If nothing else becomes of it, it came too late for an event that was there. */
  static final byte LATE = 1;

  /** What became of it has been told. */
  static final byte TOLD = 2;

  private static final int FEW = 2;

  private int count;
  private int[] labels = new int[FEW];
  private long[] times = new long[FEW];
  private byte[] fates = new byte[FEW];

  int count() {
    return count;
  }

  int label(int i) {
    return labels[i];
  }

  long timeMs(int i) {
    return times[i];
  }

  byte fate(int i) {
    return fates[i];
  }

  void setFate(int i, byte fate) {
    fates[i] = fate;
  }

  boolean told(int i) {
    return fates[i] == TOLD;
  }

  void add(int label, long timeMs, byte fate) {
    if (count == labels.length) {
      labels = Arrays.copyOf(labels, 2 * count);
      times = Arrays.copyOf(times, 2 * count);
      fates = Arrays.copyOf(fates, 2 * count);
    }
    labels[count] = label;
    times[count] = timeMs;
    fates[count] = fate;
    count++;
  }

  void remove(int i) {
    int behind = count - i - 1;
    System.arraycopy(labels, i + 1, labels, i, behind);
    System.arraycopy(times, i + 1, times, i, behind);
    System.arraycopy(fates, i + 1, fates, i, behind);
    count--;
  }

  /** The label that would not win, of so many that one has to go. */
  int loser(JoinRules.Conflict conflict) {
    int loser = count - 1;
    for (int i = count - 2; i >= 0; i--) {
      boolean loses =
          switch (conflict) {
            case FIRST -> false;
            case LAST -> times[i] <= times[loser];
            case PRIORITY -> labels[i] < labels[loser];
          };
      loser = loses ? i : loser;
    }
    return loser;
  }

  /** Whether label i wins over label j, which came before it. */
  boolean wins(JoinRules.Conflict conflict, int i, int j) {
    return switch (conflict) {
      case FIRST -> false;
      case LAST -> times[i] >= times[j];
      case PRIORITY -> labels[i] > labels[j];
    };
  }
}
