package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.PollBudget;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Events as the counter's consumer takes them in. */
final class ReadEvents {
  private final HeadDeserializer values;

  ReadEvents(EventsConfig config) {
    this.values = new HeadDeserializer(config, new PollBudget(1 << 20));
  }

  /** The same records, of their values what the counter keeps. */
  List<ConsumerRecord<byte[], byte[]>> of(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream().map(this::of).toList();
  }

  private ConsumerRecord<byte[], byte[]> of(ConsumerRecord<byte[], byte[]> record) {
    return new ConsumerRecord<>(
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestamp(),
        record.timestampType(),
        record.serializedKeySize(),
        record.serializedValueSize(),
        record.key(),
        values.deserialize(record.topic(), record.value()),
        record.headers(),
        record.leaderEpoch());
  }
}
