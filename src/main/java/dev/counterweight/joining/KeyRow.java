package dev.counterweight.joining;

import org.jspecify.annotations.Nullable;

/**
 * The row of one join key: its labels, one of its events, and whether more of them stand apart, in
 * rows of their own. Mutable; lives as long as it is being worked on.
 */
final class KeyRow {
  /** Of a key that the index has no entry of. */
  static final long NEVER = Long.MAX_VALUE;

  /** The key of this row. */
  final byte[] at;

  /** The join clock. */
  final long t;

  /** Whether it is not what the store has. */
  boolean changed;

  /** The label that has come and is not kept yet; -1 for none. */
  int arriving = -1;

  final KeptLabels labels = new KeptLabels();

  /** The earliest entry of this key in the index; what was walked is no more there. */
  long dueMs = NEVER;

  @Nullable KeptEvent event;

  boolean waitingApart;
  boolean writtenApart;

  KeyRow(byte[] at, long t) {
    this.at = at;
    this.t = t;
  }

  boolean isEmpty() {
    return labels.count() == 0 && event == null && !waitingApart && !writtenApart;
  }

  boolean anyWaits() {
    return waitingApart || (event != null && event.waits());
  }
}
