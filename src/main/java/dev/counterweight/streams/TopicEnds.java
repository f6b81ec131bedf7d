package dev.counterweight.streams;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** Where partitions end, as brokers last said. Thread-safe. */
public interface TopicEnds {

  /**
   * An answer of a broker.
   *
   * @param offset after the newest record that can be read, of those that were there when it was
   *     asked
   * @param askedMs wall clock, before it was asked
   */
  record End(long offset, long askedMs) {}

  /** The newest answer; empty while there is none. */
  Optional<End> newest(TopicPartition partition);
}
