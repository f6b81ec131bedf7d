package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.streams.Intake;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads events as a consumer takes them in, and hands them over in chunks. Used by the thread of
 * that consumer.
 */
final class EventIntake implements Intake {
  private final EventKeys keys;
  private final HeadDeserializer heads;
  private final EventPacker packer;

  EventIntake(EventsConfig events, WriterSchemas schemas, PollBudget budget) {
    this.keys = new EventKeys(events, budget);
    this.heads = new HeadDeserializer(events, schemas, keys, budget);
    this.packer = new EventPacker(events.topic(), events.schema().minTimeMs());
  }

  @Override
  public Deserializer<byte @Nullable []> keys() {
    return keys;
  }

  @Override
  public Deserializer<byte @Nullable []> values() {
    return heads;
  }

  @Override
  public ConsumerRecords<byte[], byte[]> polled(
      ConsumerRecords<byte[], byte[]> records, Reading reading) {
    // A lag not known yet tells no end of a backlog: the interval ends it then.
    return packer.pack(records, partition -> reading.lag(partition).orElse(1) > 0);
  }
}
