package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.PollBudget;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The topology's clients, as Kafka Streams makes them by itself, but for two things. Consumers read
 * events as they take them in and hand them over in chunks. And where Streams would go on in
 * silence with the oldest event left, a consumer of events whose position was deleted throws {@link
 * EventsDeletedException}; nothing else tells, since a jump of offsets is what transactions and
 * compaction leave too.
 */
final class StreamsClients implements KafkaClientSupplier {
  private final OwnEvents own;
  private final EventsConfig events;

  StreamsClients(OwnEvents own, EventsConfig events) {
    this.own = own;
    this.events = events;
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    EventPacker packer = new EventPacker(events.topic(), events.schema().minTimeMs());
    PollBudget budget = new PollBudget(PollBudget.MAX_BYTES);
    EventKeys keys = new EventKeys(events, budget);
    return new KafkaConsumer<>(config, keys, new HeadDeserializer(events, keys, budget)) {
      @Override
      public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        budget.begin();
        try {
          // A lag not known yet tells no end of a backlog: the interval ends it then.
          return packer.pack(super.poll(timeout), tp -> currentLag(tp).orElse(1) > 0);
        } catch (OffsetOutOfRangeException e) {
          requireNoneMissed(e);
          throw e; // Streams goes on with the oldest
        }
      }
    };
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return getRestoreConsumer(config);
  }

  private void requireNoneMissed(OffsetOutOfRangeException e) {
    e.offsetOutOfRangePartitions()
        .forEach(
            (partition, position) -> {
              if (partition.topic().equals(events.topic())
                  && position >= own.from(partition.partition())) {
                throw new EventsDeletedException(partition, position);
              }
            });
  }
}
