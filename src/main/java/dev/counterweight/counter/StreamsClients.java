package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.PollBudget;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The topology's clients, as Kafka Streams makes them by itself, but for three things. Consumers
 * read events as they take them in and hand them over in chunks. While a schema registry is away,
 * an event that needs it is not polled yet, nor what stands behind it. And where Streams would go
 * on in silence with the oldest event left, a consumer of events whose position was deleted throws
 * {@link EventsDeletedException}; nothing else tells, since a jump of offsets is what transactions
 * and compaction leave too.
 */
final class StreamsClients implements KafkaClientSupplier {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final OwnEvents own;
  private final EventsConfig events;
  private final WriterSchemas schemas;

  StreamsClients(OwnEvents own, EventsConfig events, WriterSchemas schemas) {
    this.own = own;
    this.events = events;
    this.schemas = schemas;
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
    BoundedAsking asking = new BoundedAsking(schemas, System::nanoTime);
    HeadDeserializer heads = new HeadDeserializer(events, asking, keys, budget);
    return new KafkaConsumer<>(config, keys, heads) {
      @Override
      public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        budget.begin();
        asking.begin();
        try {
          // A lag not known yet tells no end of a backlog: the interval ends it then.
          return packer.pack(super.poll(timeout), tp -> currentLag(tp).orElse(1) > 0);
        } catch (OffsetOutOfRangeException e) {
          requireNoneMissed(e);
          throw e; // Streams goes on with the oldest
        } catch (RecordDeserializationException e) {
          requireAwaitsSchema(e);
          // The same record comes with the next poll; Streams goes on meanwhile, and commits.
          LockSupport.parkNanos(Math.min(timeout.toNanos(), LOOK.toNanos()));
          return ConsumerRecords.empty();
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

  private static void requireAwaitsSchema(RecordDeserializationException e) {
    if (!Causes.any(SchemaUnavailableException.class, e)) {
      throw e;
    }
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
