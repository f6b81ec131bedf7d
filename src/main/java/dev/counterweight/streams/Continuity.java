package dev.counterweight.streams;

import dev.counterweight.streams.PolledPositions.Polled;
import org.apache.kafka.common.TopicPartition;

/**
 * Requires that what a task's store has of a partition and what is read of it next join up. After
 * an outage a store may have been restored before the transaction was complete whose offsets the
 * consumer goes on from: what lies between would never be processed. Started anew, the store has
 * it. Used by the task.
 */
public final class Continuity {
  private final InputOffsets offsets;
  private final TopicPartition partition;
  private final String records;
  private boolean joinsUp;
  private long joinsUpTo;

  /**
   * @param records what they are, in words
   */
  public Continuity(InputOffsets offsets, TopicPartition partition, String records) {
    this.offsets = offsets;
    this.partition = partition;
    this.records = records;
  }

  /**
   * Requires of a partition that the store knows nothing of that nothing was committed of it.
   *
   * @throws IllegalStateException if something was
   */
  public void requireNew() {
    if (offsets.committedWithState(partition.partition())) {
      throw new IllegalStateException(
          "%s: the state restored knows nothing of it, but offsets of it are committed"
              .formatted(partition));
    }
  }

  /**
   * Requires it of where the group goes on, before the store is written: its rows would take the
   * place of newer ones that the changelog has.
   *
   * @param next offset of the first that the store does not have
   * @throws IllegalStateException if records between them would be left out
   */
  public void requireCommitted(long next) {
    offsets
        .committed(partition.partition())
        .ifPresent(committed -> requireNoneBetween(committed, next));
  }

  /**
   * Requires it of a record.
   *
   * @param offset of the record
   * @param next offset of the first that the store does not have
   * @throws IllegalStateException if records between them were left out
   */
  public void require(long offset, long next) {
    if (!joinsUp) {
      requireNoneBetween(offset, next);
      joinsUp = true;
    }
  }

  /** The same of a position from which no record has come yet: the first may stand behind it. */
  public void require(Polled polled, long next) {
    if (polled.last() < 0 && polled.position() > joinsUpTo) {
      requireNoneBetween(polled.position(), next);
      joinsUpTo = polled.position();
    }
  }

  private void requireNoneBetween(long offset, long next) {
    if (offset > next && offsets.holdsAny(partition.partition(), next, offset)) {
      throw new IllegalStateException(
          "%s: the state restored is of the %s below offset %d, and reading goes on at %d"
              .formatted(partition, records, next, offset));
    }
  }
}
