package dev.counterweight.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Makes Kafka clients whose own meters are published for as long as they are open: a fixed set, by
 * client. Thread-safe.
 */
public final class ClientMeters {
  /**
   * What is kept of the some three hundred meters of a client. None of these exists by topic or
   * partition too: one name with several sets of tag keys is lost to Prometheus.
   */
  public static final Set<String> KEPT =
      Set.of(
          "kafka.consumer.fetch.manager.fetch.latency.avg",
          "kafka.consumer.fetch.manager.fetch.total",
          "kafka.consumer.coordinator.assigned.partitions",
          "kafka.consumer.coordinator.last.heartbeat.seconds.ago",
          "kafka.consumer.coordinator.rebalance.total",
          "kafka.consumer.coordinator.failed.rebalance.total",
          "kafka.consumer.incoming.byte.total",
          "kafka.consumer.failed.authentication.total",
          "kafka.consumer.time.between.poll.max",
          "kafka.producer.record.send.total",
          "kafka.producer.record.error.total",
          "kafka.producer.record.retry.total",
          "kafka.producer.request.latency.avg",
          "kafka.producer.outgoing.byte.total",
          "kafka.producer.buffer.available.bytes",
          "kafka.producer.failed.authentication.total",
          "kafka.stream.alive.stream.threads",
          "kafka.stream.failed.stream.threads",
          "kafka.stream.thread.process.total",
          "kafka.stream.thread.process.latency.avg",
          "kafka.stream.thread.commit.total",
          "kafka.stream.thread.commit.latency.avg",
          "kafka.stream.thread.poll.latency.avg");

  /** Some meters come with a client's first topic or group. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  private final MeterRegistry registry;
  private final ScheduledExecutorService scheduler;
  private final Iterable<Tag> tags;

  public ClientMeters(MeterRegistry registry, ScheduledExecutorService scheduler, Tags tags) {
    this.registry = registry;
    this.scheduler = scheduler;
    this.tags = tags;
  }

  /** Keeps everything else of Kafka's out of a registry. */
  public static MeterFilter filter() {
    return MeterFilter.deny(
        id -> id.getName().startsWith("kafka.") && !KEPT.contains(id.getName()));
  }

  KafkaConsumer<byte[], byte[]> consumer(
      Map<String, Object> settings, int mostKeyBytes, int mostValueBytes) {
    return new MeteredConsumer(settings, mostKeyBytes, mostValueBytes);
  }

  KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    return new MeteredProducer(settings);
  }

  /** To be closed before the streams are. */
  AutoCloseable measure(KafkaStreams streams) {
    KafkaStreamsMetrics meters = new KafkaStreamsMetrics(streams, tags, scheduler, LOOK);
    meters.bindTo(registry);
    return meters;
  }

  private final class MeteredConsumer extends BoundedConsumer {
    private final KafkaClientMetrics meters;

    MeteredConsumer(Map<String, Object> settings, int mostKeyBytes, int mostValueBytes) {
      super(settings, mostKeyBytes, mostValueBytes);
      meters = new KafkaClientMetrics(this, tags, scheduler, LOOK);
      meters.bindTo(registry);
    }

    @Override
    public void close() {
      meters.close();
      super.close();
    }

    @Override
    @Deprecated
    public void close(Duration timeout) {
      meters.close();
      super.close(timeout);
    }

    @Override
    public void close(CloseOptions options) {
      meters.close();
      super.close(options);
    }
  }

  private final class MeteredProducer extends KafkaProducer<byte[], byte[]> {
    private final KafkaClientMetrics meters;

    MeteredProducer(Map<String, Object> settings) {
      super(settings, new ByteArraySerializer(), new ByteArraySerializer());
      meters = new KafkaClientMetrics(this, tags, scheduler, LOOK);
      meters.bindTo(registry);
    }

    @Override
    public void close() {
      meters.close();
      super.close();
    }

    @Override
    public void close(Duration timeout) {
      meters.close();
      super.close(timeout);
    }
  }
}
