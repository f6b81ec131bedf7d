package dev.counterweight.streams;

import java.util.OptionalLong;

/** Where the partitions of a topic begin, for the job and for the log. Thread-safe. */
public interface InputOffsets {

  /**
   * The position that the group committed, at which a job that took nothing in begins; 0 where it
   * committed none because the partition was added to a job under way, which misses no event of it.
   */
  OptionalLong committed(int partition);

  /**
   * Whether a topology committed that position, and what it knows of the partition with it. A store
   * without a row of the partition was then restored before that transaction was complete.
   */
  boolean committedWithState(int partition);

  /** The oldest offset that the log still has. */
  long logStart(int partition);

  /**
   * Whether the log still has any committed record from one offset on, below another. Of a
   * repartition topic nothing is deleted that is not committed.
   */
  boolean holdsAny(int partition, long from, long to);
}
