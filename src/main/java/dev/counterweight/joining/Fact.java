package dev.counterweight.joining;

/**
 * What became of an event or a label. Each event ends in exactly one of {@link #MATCHED}, {@link
 * #EXPIRED} and {@link #DROPPED}; each label in exactly one of {@link #USED}, {@link #DUPLICATE},
 * {@link #CONFLICT}, {@link #LATE}, {@link #UNMATCHED} and {@link #OVERFLOWED}: the first that
 * happened to it. {@link #CORRECTED} is told once for each correction that is written.
 */
public enum Fact {
  /** An event was written with a label that came. */
  MATCHED,
  /** No label came: an event was written as a missing one is. */
  EXPIRED,
  /** No label came: an event was dropped. */
  DROPPED,
  /** An event that was written before was written again with another class. */
  CORRECTED,
  /** A label decided or corrected an event. */
  USED,
  /** A label said what was known of its event. */
  DUPLICATE,
  /** A label said something else than the one that decided its event. */
  CONFLICT,
  /** A label came when nothing could be done with it any more. */
  LATE,
  /** A label was kept as long as it may be, and no event came. */
  UNMATCHED,
  /** A label was not kept: its key has as many as are kept. */
  OVERFLOWED
}
