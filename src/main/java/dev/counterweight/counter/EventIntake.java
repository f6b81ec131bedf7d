package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.PolledCopies;
import dev.counterweight.kafka.SharedFetch;
import dev.counterweight.streams.Intake;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads events as a consumer takes them in, and hands them over in chunks. Used by the thread of
 * that consumer.
 */
final class EventIntake implements Intake {
  private final Deserializer<byte @Nullable []> keys;
  private final Deserializer<byte @Nullable []> heads;
  private final PolledCopies copies;
  private final EventPacker packer;

  /**
   * @param giver of the events as they were polled, for whoever reads them whole
   */
  EventIntake(
      EventsConfig events, WriterSchemas schemas, PollBudget budget, SharedFetch.Giver giver) {
    EventKeys eventKeys = new EventKeys(events, budget);
    this.copies =
        new PolledCopies(
            events.topic(), budget, giver, EventsConfig.KEPT_KEY_BYTES, events.keptBytes());
    this.keys = copies.keys(eventKeys);
    this.heads = copies.values(new HeadDeserializer(events, schemas, eventKeys, budget));
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
  public void polling(Reading reading) {
    copies.begin(reading);
  }

  @Override
  public ConsumerRecords<byte[], byte[]> polled(
      ConsumerRecords<byte[], byte[]> records, Reading reading) {
    copies.end(records, reading);
    // A lag not known yet tells no end of a backlog: the interval ends it then.
    return packer.pack(records, partition -> reading.lag(partition).orElse(1) > 0);
  }
}
