package dev.counterweight.streams;

import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.PolledCopies;
import org.apache.kafka.clients.consumer.ConsumerRecords;
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

  /** A poll begins. */
  default void polling(Reading reading) {}

  /** How far a consumer is; of use only while it polls. */
  interface Reading extends PolledCopies.Reading {}

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
