package dev.counterweight.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Publishes the own meters of Kafka clients for as long as they are open: a fixed set, by client.
 * Thread-safe.
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

  /** Publishes a consumer's; what to do before it is closed. */
  Runnable publish(Consumer<?, ?> consumer) {
    return published(new KafkaClientMetrics(consumer, tags, scheduler, LOOK));
  }

  /** Publishes a producer's; what to do before it is closed. */
  Runnable publish(Producer<?, ?> producer) {
    return published(new KafkaClientMetrics(producer, tags, scheduler, LOOK));
  }

  private Runnable published(KafkaClientMetrics meters) {
    meters.bindTo(registry);
    return meters::close;
  }

  /** To be closed before the streams are. */
  AutoCloseable measure(KafkaStreams streams) {
    KafkaStreamsMetrics meters = new KafkaStreamsMetrics(streams, tags, scheduler, LOOK);
    meters.bindTo(registry);
    return meters;
  }
}
