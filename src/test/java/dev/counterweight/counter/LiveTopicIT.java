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
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The events topic goes on while it is counted. */
@Timeout(180)
class LiveTopicIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final String topic = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 2);
  private final String job = SharedBroker.uniqueName("job");
  private final JobConfig config =
      JobConfigLoader.load(
          Map.of(
              "job", job,
              "bootstrap.servers", SharedBroker.bootstrapServers(),
              "events.topic", topic,
              "events.label", "label",
              "events.classes", "ok,fraud",
              "events.features", "a",
              "weights.update.interval", "10ms",
              "kafka.metadata.max.age.ms", "1000",
              "checkpoint.dir", "unused"));
  private final KafkaClients clients = new KafkaClients(config.kafka());

  @Test
  void aTopicThatGrowsWhileItIsCountedIsCountedOn() throws Exception {
    RunningRole role = new RunningRole(role(false));
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      send(producer, 0, 100);
      CountedJob.awaitEvents(role, 100);

      try (Admin admin = SharedBroker.admin()) {
        admin
            .createPartitions(Map.of(topic, NewPartitions.increaseTo(4)))
            .all()
            .get(30, TimeUnit.SECONDS);
      }
      send(producer, 3, 70);
      send(producer, 0, 30);
      CountedJob.awaitEvents(role, 200);
    } finally {
      role.drain();
    }
    role.awaitEnd();

    List<Snapshot> all = Snapshots.of(clients, job);
    Snapshots.assertVersionsAndCoverGrow(all);
    assertThat(all.get(all.size() - 1).offsets().covered())
        .containsEntry(0, 130L)
        .containsEntry(3, 70L)
        .hasSize(4);
    assertThat(all.get(all.size() - 1).offsets().from().values()).containsOnly(0L);
  }

  @Test
  void severalCountersGoOnWhenTheTopicGrows() throws Exception {
    CountedJob grown = new CountedJob(2, Map.of("kafka.metadata.max.age.ms", "500"));
    try (RunningRole first = grown.start();
        RunningRole second = grown.start()) {
      grown.send(0, 100, "ok");
      CountedJob.awaitEvents(first, 100);
      grown.growTo(5);
      for (int partition = 0; partition < 5; partition++) {
        grown.send(partition, 10, "fraud");
      }

      CountedJob.awaitEvents(first, 150);
      CountedJob.awaitEvents(second, 150);
      assertThat(first.status().state()).isEqualTo(Role.State.RUNNING);
      await().atMost(TIMEOUT).until(() -> second.status().state(), Role.State.RUNNING::equals);
    }
    assertThat(grown.newest().counts().events()).containsExactly(100, 50);
    Snapshots.assertVersionsAndCoverGrow(grown.snapshots());
  }

  @Test
  void itStopsAtTheEndWhileEventsKeepComing() throws Exception {
    RunningRole role;
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      send(producer, 0, 500);
      send(producer, 1, 500);
      role = new RunningRole(role(true));
      // Each look finds a newer snapshot: only partition 0 goes on.
      await()
          .atMost(TIMEOUT)
          .pollInterval(Duration.ofMillis(5))
          .until(
              () -> {
                send(producer, 0, 10);
                return role.isDone();
              });
      role.awaitEnd();
    }

    List<Snapshot> all = Snapshots.of(clients, job);
    Snapshot newest = all.get(all.size() - 1);
    assertThat(newest.offsets().end()).containsEntry(1, 500L).hasSize(2);
    newest
        .offsets()
        .end()
        .forEach(
            (partition, end) ->
                assertThat(newest.offsets().covered().get(partition)).isGreaterThanOrEqualTo(end));
    assertThat(newest.counts().totalEvents())
        .isEqualTo(newest.offsets().covered().values().stream().mapToLong(Long::longValue).sum());
    assertThat(role.status().state()).isEqualTo(Role.State.DONE);
  }

  private CounterRole role(boolean stopAtEnd) {
    return new CounterRole(
        config, clients, new SimpleMeterRegistry(), Clock.systemUTC(), stopAtEnd);
  }

  private void send(Producer<byte[], byte[]> producer, int partition, int n) {
    byte[] value = "{\"a\":1,\"label\":\"ok\"}".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < n; i++) {
      producer.send(new ProducerRecord<>(topic, partition, null, value));
    }
    producer.flush();
  }
}
