package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class CounterRoleIT {
  private final String topic = SharedBroker.uniqueName("events");
  private final String job = SharedBroker.uniqueName("job");
  private final JobConfig config = config(Map.of());
  private final KafkaClients clients = new KafkaClients(config.kafka());

  @Test
  void countsToTheEndAreExactAlsoOverAbortedTransactions() throws Exception {
    SharedBroker.createTopic(topic, 3);
    sendInTransactions(900);

    Map<String, Object> summary = countToEnd(config);

    assertThat(summary).containsEntry("counts", Map.of("ok", 800L, "fraud", 100L));
    assertThat(summary).containsEntry("events", 900L);
    Snapshot newest = newest();
    assertThat(newest.offsets().end()).hasSize(3);
    newest
        .offsets()
        .end()
        .forEach(
            (p, end) ->
                assertThat(newest.offsets().covered().get(p))
                    .as("the last record stands before the marker that ends its transaction")
                    .isBetween(end - 5, end));
    assertVersionsGrow();
  }

  @Test
  void aSecondRunGoesOnWhereTheFirstEnded() throws Exception {
    SharedBroker.createTopic(topic, 2);
    send(100, 0);
    countToEnd(config);
    send(50, 1);

    Map<String, Object> second = countToEnd(config);

    assertThat(second).containsEntry("events", 50L);
    assertThat(newest().counts().totalEvents()).isEqualTo(150);
    assertVersionsGrow();
  }

  @Test
  void aJobMayTakeUpAHalfLifeAndAnotherFormulaAsItGoesOn() throws Exception {
    SharedBroker.createTopic(topic, 1);
    send(8, 0);
    send(8, 0, "fraud");
    countToEnd(config);
    assertThat(newest().counts().n()).containsExactly(8, 8);

    send(2, 0);
    countToEnd(config(Map.of("counts.half.life", "1 event", "weights.formula", "inverse")));

    assertThat(newest().counts().events()).containsExactly(10, 8);
    assertThat(newest().counts().n(0)).isCloseTo(8 / 4.0 + 1.5, within(1e-12));
    assertThat(newest().counts().n(1)).isCloseTo(8 / 4.0, within(1e-12));
    assertThat(newest().formula().name()).isEqualTo("inverse");
    assertThat(newest().weights()[1]).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void anEmptyTopicEndsAtOnceWithASnapshot() throws Exception {
    SharedBroker.createTopic(topic, 2);

    assertThat(countToEnd(config)).containsEntry("events", 0L);

    assertThat(newest().offsets().covered()).containsOnly(Map.entry(0, 0L), Map.entry(1, 0L));
  }

  @Test
  void aTopicThatGrewIsCountedWholeFromItsNewPartitionsOldestEvent() throws Exception {
    SharedBroker.createTopic(topic, 2);
    send(100, 0);
    countToEnd(config);
    try (Admin admin = SharedBroker.admin()) {
      admin
          .createPartitions(Map.of(topic, NewPartitions.increaseTo(4)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
    send(60, 3);

    assertThat(countToEnd(config)).containsEntry("events", 60L);

    assertThat(newest().offsets().covered()).hasSize(4).containsEntry(3, 60L);
  }

  @Test
  void latestIsAppliedOnceToANewJob() throws Exception {
    SharedBroker.createTopic(topic, 1);
    send(100, 0);
    JobConfig latest = config(Map.of("events.start", "latest"));

    assertThat(countToEnd(latest)).containsEntry("events", 0L);
    send(40, 0);
    assertThat(countToEnd(latest)).containsEntry("events", 40L);

    assertThat(newest().offsets().from()).containsEntry(0, 100L);
  }

  @Test
  void eventsDeletedBeforeTheyWereCountedStopTheJobWithTheRange() throws Exception {
    SharedBroker.createTopic(topic, 1);
    send(10, 0);
    countToEnd(config);
    send(10, 0);
    try (Admin admin = SharedBroker.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(15)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }

    assertThatThrownBy(() -> countToEnd(config))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("offsets 10 to 14 were deleted before they were counted");
  }

  @Test
  void drainingCommitsAndEnds() throws Exception {
    SharedBroker.createTopic(topic, 1);
    send(300, 0);
    RunningRole role = new RunningRole(role(config, false));
    await().atMost(Duration.ofSeconds(60)).until(() -> CountedJob.published(role) == 300);

    role.drain();
    role.awaitEnd();

    assertThat(role.status().state()).isEqualTo(Role.State.DONE);
    assertThat(countToEnd(config)).containsEntry("events", 0L);
  }

  @Test
  void anEventStampedFarAheadIsCountedAndDoesNotStopTheJob() throws Exception {
    SharedBroker.createTopic(
        topic, 1, Map.of("message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE)));
    long year2100Ms = 4_102_444_800_000L;
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      producer.send(new ProducerRecord<>(topic, 0, year2100Ms, null, event(0, "ok").value()));
    }

    assertThat(countToEnd(config)).containsEntry("events", 1L);
  }

  private Map<String, Object> countToEnd(JobConfig jobConfig) throws Exception {
    return RunningRole.toEnd(role(jobConfig, true));
  }

  private CounterRole role(JobConfig jobConfig, boolean stopAtEnd) {
    return new CounterRole(
        jobConfig, clients, new SimpleMeterRegistry(), Clock.systemUTC(), stopAtEnd);
  }

  private void assertVersionsGrow() {
    List<Snapshot> all = snapshots();
    for (int i = 1; i < all.size(); i++) {
      assertThat(all.get(i).version()).isEqualTo(all.get(i - 1).version() + 1);
      for (var before : all.get(i - 1).offsets().covered().entrySet()) {
        assertThat(all.get(i).offsets().covered().get(before.getKey()))
            .isGreaterThanOrEqualTo(before.getValue());
      }
    }
  }

  private Snapshot newest() {
    List<Snapshot> all = snapshots();
    return all.get(all.size() - 1);
  }

  private List<Snapshot> snapshots() {
    return WholeLog.read(clients, job + ".class-weights", SnapshotJson::read);
  }

  private void send(int n, int partition) {
    send(n, partition, "ok");
  }

  private void send(int n, int partition, String label) {
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      for (int i = 0; i < n; i++) {
        producer.send(event(partition, label));
      }
    }
  }

  /** Every ninth event is fraud; every second transaction sends as many again and aborts them. */
  private void sendInTransactions(int n) {
    try (Producer<byte[], byte[]> producer =
        clients.transactionalProducer(job + ".events", Map.of())) {
      producer.initTransactions();
      for (int i = 0; i < n; i += 9) {
        for (boolean abort : i % 2 == 0 ? new boolean[] {true, false} : new boolean[] {false}) {
          producer.beginTransaction();
          for (int j = 0; j < 9; j++) {
            producer.send(event((i + j) % 3, j == 0 ? "fraud" : "ok"));
          }
          if (abort) {
            producer.flush();
            producer.abortTransaction();
          } else {
            producer.commitTransaction();
          }
        }
      }
    }
  }

  private ProducerRecord<byte[], byte[]> event(int partition, String label) {
    byte[] value = ("{\"a\":1,\"label\":\"" + label + "\"}").getBytes(StandardCharsets.UTF_8);
    return new ProducerRecord<>(topic, partition, null, value);
  }

  private JobConfig config(Map<String, String> more) {
    Map<String, String> values =
        new HashMap<>(
            Map.of(
                "job", job,
                "bootstrap.servers", SharedBroker.bootstrapServers(),
                "events.topic", topic,
                "events.label", "label",
                "events.classes", "ok,fraud",
                "events.features", "a",
                "checkpoint.dir", "unused"));
    values.putAll(more);
    return JobConfigLoader.load(values);
  }
}
