package dev.counterweight.sampling;

import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;

/**
 * What the open record covers of one partition in hand: a run of offsets, which begins where that
 * of the record before ended. Not thread-safe.
 */
public final class OpenSpan {
  private final int partition;
  private long from;
  private long to;

  OpenSpan(int partition, long position) {
    this.partition = partition;
    this.from = position;
    this.to = position;
  }

  public int partition() {
    return partition;
  }

  /** The next offset to be used. */
  public long position() {
    return to;
  }

  /**
   * Everything below {@code position} is used, whether or not there is an event just before it; a
   * position already passed changes nothing.
   */
  public void advance(long position) {
    to = Math.max(to, position);
  }

  /** Covers an event, which stands at or after the position. */
  void cover(long offset) {
    if (offset < to) {
      throw new InvariantException(
          "partition %d: events are used in the order of their offsets".formatted(partition),
          "an offset of at least " + to,
          offset);
    }
    to = offset + 1;
  }

  /** Whether the position moved since the last {@link #cut}. */
  boolean progress() {
    return to > from;
  }

  /** What is covered; the next span begins where this ends. */
  Span cut() {
    Span span = new Span(from, to);
    from = to;
    return span;
  }
}
