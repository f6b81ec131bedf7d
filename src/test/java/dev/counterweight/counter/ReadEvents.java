package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Events as the counter's consumer takes them in. */
final class ReadEvents {
  private final PollBudget budget = new PollBudget(1 << 20);
  private final EventKeys keys;
  private final HeadDeserializer values;

  ReadEvents(EventsConfig config) {
    this(config, WriterSchemas.NONE);
  }

  ReadEvents(EventsConfig config, WriterSchemas schemas) {
    this.keys = new EventKeys(config, budget);
    this.values = new HeadDeserializer(config, schemas, keys, budget);
  }

  /** The same records, of their values what the counter keeps. */
  List<ConsumerRecord<byte[], byte[]>> of(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream().map(this::of).toList();
  }

  private ConsumerRecord<byte[], byte[]> of(ConsumerRecord<byte[], byte[]> record) {
    budget.begin();
    byte[] key = record.key();
    byte[] value = record.value();
    if (key != null) {
      keys.deserialize(record.topic(), record.headers(), ByteBuffer.wrap(key));
    }
    return new ConsumerRecord<>(
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestamp(),
        record.timestampType(),
        record.serializedKeySize(),
        record.serializedValueSize(),
        null,
        value == null
            ? null
            : values.deserialize(record.topic(), record.headers(), ByteBuffer.wrap(value)),
        record.headers(),
        record.leaderEpoch());
  }
}
