package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Role;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
    CounterRole role = role(false);
    CompletableFuture<Void> run = start(role);
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      send(producer, 0, 100);
      awaitEvents(role, 100);

      try (Admin admin = SharedBroker.admin()) {
        admin
            .createPartitions(Map.of(topic, NewPartitions.increaseTo(4)))
            .all()
            .get(30, TimeUnit.SECONDS);
      }
      send(producer, 3, 70);
      send(producer, 0, 30);
      awaitEvents(role, 200);
    } finally {
      role.drain();
    }
    run.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);

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
    try (CountedJob.Running first = grown.start();
        CountedJob.Running second = grown.start()) {
      grown.send(0, 100, "ok");
      first.awaitEvents(100);
      grown.growTo(5);
      for (int partition = 0; partition < 5; partition++) {
        grown.send(partition, 10, "fraud");
      }

      first.awaitEvents(150);
      second.awaitEvents(150);
      assertThat(first.role.status().state()).isEqualTo(Role.State.RUNNING);
      await().atMost(TIMEOUT).until(() -> second.role.status().state(), Role.State.RUNNING::equals);
    }
    assertThat(grown.newest().counts().events()).containsExactly(100, 50);
    Snapshots.assertVersionsAndCoverGrow(grown.snapshots());
  }

  @Test
  void itStopsAtTheEndWhileEventsKeepComing() throws Exception {
    CounterRole role = role(true);
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      send(producer, 0, 500);
      send(producer, 1, 500);
      CompletableFuture<Void> run = start(role);
      // Each look finds a newer snapshot: only partition 0 goes on.
      await()
          .atMost(TIMEOUT)
          .pollInterval(Duration.ofMillis(5))
          .until(
              () -> {
                send(producer, 0, 10);
                return run.isDone();
              });
      run.get(1, TimeUnit.SECONDS);
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

  private static CompletableFuture<Void> start(CounterRole role) {
    return CompletableFuture.runAsync(
        () -> {
          try (role) {
            role.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void awaitEvents(CounterRole role, long events) {
    await()
        .atMost(TIMEOUT)
        .failFast(() -> assertThat(role.status().state()).isNotEqualTo(Role.State.FAILED))
        .until(() -> CountedJob.published(role), published -> published == events);
  }

  private void send(Producer<byte[], byte[]> producer, int partition, int n) {
    byte[] value = "{\"a\":1,\"label\":\"ok\"}".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < n; i++) {
      producer.send(new ProducerRecord<>(topic, partition, null, value));
    }
    producer.flush();
  }
}
