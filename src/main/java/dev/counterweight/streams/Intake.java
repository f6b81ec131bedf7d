package dev.counterweight.streams;

import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * What one consumer of a topology does with the records that it takes in, of all topics that the
 * topology reads: its repartition topics too. Used by the thread of that consumer.
 */
public interface Intake {
  Deserializer<byte @Nullable []> keys();

  Deserializer<byte @Nullable []> values();

  /**
   * What Kafka Streams is given of a poll that brought these records, perhaps none. Offsets may be
   * left out, not changed.
   *
   * @param reading how far the consumer is with it
   */
  default ConsumerRecords<byte[], byte[]> polled(
      ConsumerRecords<byte[], byte[]> records, Reading reading) {
    return records;
  }

  /** How far a consumer is; of use only while it hands over a poll. */
  interface Reading {
    /** The partitions that it has. */
    Set<TopicPartition> partitions();

    /** The offset that it reads next, behind all that was polled; empty if it does not know yet. */
    OptionalLong position(TopicPartition partition);

    /** How many offsets were left when the broker was last heard; empty if it was not yet. */
    OptionalLong lag(TopicPartition partition);
  }

  /** Makes what each consumer has of its own. */
  interface Maker {
    /**
     * @param schemas that records were written by; may throw that they cannot be had now: the
     *     record is not polled then, nor what stands behind it
     * @param budget that both deserializers ask for what they keep
     */
    Intake make(WriterSchemas schemas, PollBudget budget);
  }
}
