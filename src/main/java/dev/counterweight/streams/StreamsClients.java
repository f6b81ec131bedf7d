package dev.counterweight.streams;

import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.PollBudget;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The topology's clients, as Kafka Streams makes them by itself, but for five things. Consumers
 * read records as they take them in, by the role's {@link Intake}. While a schema registry is away,
 * a record that needs it is not polled yet, nor what stands behind it. Where Streams would go on in
 * silence with the oldest record left, a consumer whose position was deleted throws {@link
 * RecordsDeletedException}; nothing else tells, since a jump of offsets is what transactions and
 * compaction leave too. What an aborted transaction had polled is polled again: see {@link
 * PolledOffsets}. And no transaction is committed by a thread that its group has shut out: see
 * {@link CommittedOffsets}. Thread-safe if what it is given is.
 */
public final class StreamsClients implements KafkaClientSupplier {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Intake.Maker intakes;
  private final WriterSchemas schemas;
  private final Needed needed;
  private final AtomicLong commits = new AtomicLong();
  private final PolledOffsets polled = new PolledOffsets();

  /**
   * {what the client ids of a stream thread begin with: its offsets}; as many as it has threads.
   */
  private final Map<String, CommittedOffsets> threads = new ConcurrentHashMap<>();

  /** Tells whether deleted records are missed. */
  public interface Needed {
    /**
     * @param position of a consumer, at which nothing is any more
     * @return whether what was there had yet to be read; Streams goes on with the oldest otherwise
     */
    boolean from(TopicPartition partition, long position);
  }

  /**
   * @param schemas of a registry, asked by each consumer for some seconds a poll at most
   */
  public StreamsClients(Intake.Maker intakes, WriterSchemas schemas, Needed needed) {
    this.intakes = intakes;
    this.schemas = schemas;
    this.needed = needed;
  }

  /** Transactions that were committed by the producers made here. */
  long commits() {
    return commits.get();
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    CommittedOffsets committed = committedBy(config);
    committed.aborted(); // what the producer before it had open
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer()) {
      @Override
      public void sendOffsetsToTransaction(
          Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
        try {
          super.sendOffsetsToTransaction(committed.sent(polled.read(offsets)), group);
        } catch (TimeoutException e) {
          // Streams takes a transaction without offsets for committed then. The producer still has
          // them to send, and ends no transaction before: the commit that follows waits for them.
          if (!offsets.isEmpty()) {
            throw e;
          }
        }
      }

      @Override
      public void commitTransaction() {
        super.commitTransaction();
        committed.committed();
        commits.incrementAndGet();
      }

      @Override
      public void abortTransaction() {
        super.abortTransaction();
        committed.aborted();
      }
    };
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    PollBudget budget = new PollBudget(PollBudget.MAX_BYTES);
    BoundedAsking asking = new BoundedAsking(schemas, System::nanoTime);
    Intake intake = intakes.make(asking, budget);
    CommittedOffsets ofThread = committedBy(config);
    return new KafkaConsumer<>(config, intake.keys(), intake.values()) {
      private final Intake.Reading reading = new ConsumerReading(this);

      @Override
      public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        budget.begin();
        asking.begin();
        try {
          ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
          polled.polled(records);
          return intake.polled(records, reading);
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

      @Override
      public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        super.subscribe(topics, new Forgetting(listener, ofThread));
      }

      @Override
      public void seek(TopicPartition partition, OffsetAndMetadata offset) {
        polled.sought(Set.of(partition));
        super.seek(partition, offset);
      }

      @Override
      public void seekToBeginning(Collection<TopicPartition> partitions) {
        polled.sought(partitions);
        super.seekToBeginning(partitions);
        ofThread.begun(beginnings(partitions));
      }

      /** None of those of which there is no answer in time. */
      private Map<TopicPartition, Long> beginnings(Collection<TopicPartition> partitions) {
        try {
          return beginningOffsets(partitions);
        } catch (TimeoutException e) {
          return Map.of();
        }
      }

      /** Streams asks when it opens a task, whose records all come after this. */
      @Override
      public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed = super.committed(partitions);
        ofThread.opened(committed);
        for (TopicPartition partition : polled.aborted(committed)) {
          OffsetAndMetadata next = committed.get(partition);
          if (next == null) {
            seekToBeginning(List.of(partition));
          } else {
            seek(partition, next);
          }
        }
        return committed;
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

  /** Kafka Streams names a thread's clients by the thread, and what they are. */
  private CommittedOffsets committedBy(Map<String, Object> config) {
    String client = String.valueOf(config.get(CommonClientConfigs.CLIENT_ID_CONFIG));
    return threads.computeIfAbsent(
        client.substring(0, client.lastIndexOf('-') + 1), thread -> new CommittedOffsets());
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
              if (needed.from(partition, position)) {
                throw new RecordsDeletedException(partition, position);
              }
            });
  }

  /** Has what is committed of partitions forgotten once Kafka Streams has given them up. */
  private record Forgetting(ConsumerRebalanceListener streams, CommittedOffsets committed)
      implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      streams.onPartitionsAssigned(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      try {
        streams.onPartitionsRevoked(partitions); // which commits
      } finally {
        committed.revoked(partitions);
      }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      committed.revoked(partitions);
      streams.onPartitionsLost(partitions);
    }
  }

  /**
   * How far a consumer is, by what it knows without asking. Used by the consumer's thread.
   *
   * @param consumer that polls
   */
  record ConsumerReading(Consumer<?, ?> consumer) implements Intake.Reading {
    @Override
    public Set<TopicPartition> partitions() {
      return consumer.assignment();
    }

    /**
     * What keeps a consumer from a position (none committed, one that was deleted) it says at its
     * next poll too. Said here it would take with it what this poll has brought: Kafka Streams sees
     * to such a partition in silence, and the records would be passed over.
     */
    @Override
    public OptionalLong position(TopicPartition partition) {
      if (lag(partition).isEmpty()) {
        // Not read from yet: asking would make it look for where to begin.
        return OptionalLong.empty();
      }
      try {
        return OptionalLong.of(consumer.position(partition, Duration.ZERO));
      } catch (KafkaException e) {
        return OptionalLong.empty();
      }
    }

    @Override
    public OptionalLong lag(TopicPartition partition) {
      return consumer.currentLag(partition);
    }
  }
}
