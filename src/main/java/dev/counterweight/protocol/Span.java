package dev.counterweight.protocol;

/**
 * The run of consumed events of one partition that a batch record covers.
 *
 * @param from first offset covered
 * @param to offset after the last covered; equal to {@code from} when nothing was consumed
 */
public record Span(long from, long to) {
  public Span {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("span from " + from + " to " + to + ": 0 <= from <= to");
    }
  }
}
