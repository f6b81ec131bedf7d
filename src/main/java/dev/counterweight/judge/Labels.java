package dev.counterweight.judge;

import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Where a task has the labels of its events from. Used by the task. */
interface Labels {
  /** Nothing is known of some partition yet. */
  long UNKNOWN = Long.MIN_VALUE;

  /** Takes what a record says of an event. */
  interface Taker {
    /**
     * @param atMs when the label was written, by the broker's clock
     */
    void label(JudgeRecord label, long atMs);
  }

  /** Requires that nothing between what the store has and this offset was left out. */
  void requireJoinsUp(long offset);

  /** A record of its source, none of which is given twice. */
  void take(Record<byte[], byte[]> record, RecordMetadata at, Taker taker);

  /** All labels that were written before this time have come, or {@link #UNKNOWN}. */
  long readMs();
}
