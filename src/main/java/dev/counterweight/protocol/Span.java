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

  /**
   * Demands that it begins where the partition's span before it ended.
   *
   * @throws InvariantException if it does not
   */
  public void requireJoins(int partition, long end) {
    if (from != end) {
      throw new InvariantException(
          "partition %d: a span begins where the last ended".formatted(partition), end, from);
    }
  }
}
