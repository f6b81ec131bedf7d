package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** A job over a new topic of the shared broker, its classes ok and fraud, and its counters. */
final class CountedJob {
  static final Duration TIMEOUT = Duration.ofSeconds(60);

  final String name = SharedBroker.uniqueName("job");
  final String topic;
  final MeterRegistry registry = new SimpleMeterRegistry();
  final KafkaClients clients;
  private final Map<String, String> values;

  CountedJob(int partitions, Map<String, String> more) {
    topic = SharedBroker.createTopic(name + "-events", partitions);
    values =
        new HashMap<>(
            Map.of(
                "job", name,
                "bootstrap.servers", SharedBroker.bootstrapServers(),
                "events.topic", topic,
                "events.label", "label",
                "events.classes", "ok,fraud",
                "events.features", "a",
                "events.format", "csv",
                "weights.update.interval", "100ms",
                "checkpoint.dir", "unused"));
    values.putAll(more);
    clients = new KafkaClients(config(Map.of()).kafka());
  }

  JobConfig config(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(values);
    all.putAll(more);
    return JobConfigLoader.load(all);
  }

  Map<String, Object> countToEnd(Map<String, String> more) throws Exception {
    return RunningRole.toEnd(
        new CounterRole(config(more), clients, registry, Clock.systemUTC(), true));
  }

  /** A counter on a thread of its own. */
  RunningRole start() {
    return start(Map.of());
  }

  /** A counter on a thread of its own, with settings of its own. */
  RunningRole start(Map<String, String> more) {
    JobConfig config = config(more);
    return new RunningRole(
        new CounterRole(
            config, new KafkaClients(config.kafka()), registry, Clock.systemUTC(), false));
  }

  void send(int partition, int n, String label) {
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      for (int i = 0; i < n; i++) {
        producer.send(event(partition, label));
      }
    }
  }

  ProducerRecord<byte[], byte[]> event(int partition, String label) {
    return new ProducerRecord<>(
        topic, partition, null, ("1," + label).getBytes(StandardCharsets.UTF_8));
  }

  void deleteBefore(int partition, long offset) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  void growTo(int partitions) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      admin
          .createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  List<Snapshot> snapshots() {
    return Snapshots.of(clients, name);
  }

  Snapshot newest() {
    List<Snapshot> all = snapshots();
    assertThat(all).isNotEmpty();
    return all.get(all.size() - 1);
  }

  /** Events of the whole job in the newest snapshot that a counter has seen. */
  static long published(RunningRole counter) {
    return counter.summary().get("counts") instanceof Map<?, ?> counts
        ? counts.values().stream().mapToLong(n -> n instanceof Long events ? events : 0).sum()
        : 0;
  }

  /** Waits until the events of all counters together are so many. */
  static void awaitEvents(RunningRole counter, long events) {
    await()
        .atMost(TIMEOUT)
        .failFast(() -> assertThat(counter.status().state()).isNotEqualTo(Role.State.FAILED))
        .until(() -> published(counter), published -> published == events);
  }
}
