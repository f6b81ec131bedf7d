package dev.counterweight.joiner;

import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * One side of a task's join: what its source is, and how its records are read. Used by the task.
 */
interface TaskSide {

  /** Requires that nothing between what the stores have and this offset was left out. */
  void requireJoinsUp(long offset);

  /**
   * A record of its source. One whose offset the progress is behind was taken before: committed
   * offsets may be reset behind the store, which is the truth.
   */
  void take(Record<byte[], byte[]> record, RecordMetadata at, long nowMs);

  /** Has the join clock say how far this side is. */
  void tellTime(long nowMs);
}
