package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.joiner.JoinStream.Conflict;
import dev.counterweight.joiner.JoinStream.Rules;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are written again by their join key: 12 partitions of events, 4 of labels. */
@Timeout(240)
class RoutedSidesIT {
  private static final long HOUR = 3_600_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Rules RULES =
      new Rules(HOUR, 60_000, HOUR, 0, Conflict.FIRST, JoinedJob.CLASSES.size());
  private static final Map<String, String> SETTINGS =
      Map.of("labels.correct.for", "1h", "labels.missing", "ok", "labels.conflict", "first");

  @TempDir Path folder;

  @Test
  void sidesThatAreJoinedByFieldsLeaveAsARecountSays() throws Exception {
    JoinStream stream = JoinStream.of(RULES, 8_000, 1_700_000_000_000L, 500, 17);
    JoinedJob job = new JoinedJob(folder, 12, 4, true, SETTINGS);
    job.send(stream);

    Map<String, Object> summary = job.joinToEnd(Map.of("labels.at.end", "expire"));

    assertThat(job.unlikeTheRecountOf(stream)).isEmpty();
    assertThat(summary).containsEntry("waiting", 0L);
    assertThat(
            Stream.of("matched", "unlabelled")
                .map(summary::get)
                .mapToLong(told -> (Long) Objects.requireNonNull(told))
                .sum())
        .isEqualTo(8_000);
  }

  @Test
  void labelsInOtherPartitionsThanTheirEventsAreWrittenAgainAlone() throws Exception {
    JoinStream stream = JoinStream.of(RULES, 5_000, 1_700_000_000_000L, 500, 18);
    JoinedJob job = new JoinedJob(folder, 6, 4, false, SETTINGS);
    job.send(stream);

    job.joinToEnd(Map.of("labels.at.end", "expire"));

    assertThat(job.unlikeTheRecountOf(stream)).isEmpty();
  }

  @Test
  void onAnIdleTopicTheLastEventIsOutWithinWaitAndGrace() throws Exception {
    JoinedJob job =
        new JoinedJob(
            folder,
            3,
            2,
            true,
            Map.of("labels.wait", "2s", "labels.grace", "2s", "labels.missing", "ok"));
    try (RunningRole joiner = running(job)) {
      long sentMs = System.currentTimeMillis();
      try (Producer<byte[], byte[]> producer = job.clients.producer("events", Map.of())) {
        job.event(producer, "a", 0, sentMs);
      }

      await().atMost(TIMEOUT).until(() -> job.labelled().size() == 1);

      assertThat(job.labelled().get(0).timestamp() - sentMs).isBetween(2_000L, 4_500L);
    }
  }

  @Test
  void transactionsThatLeaveNothingHoldNothingBack() throws Exception {
    JoinedJob job =
        new JoinedJob(
            folder,
            2,
            2,
            true,
            Map.of("labels.wait", "2s", "labels.grace", "1s", "labels.missing", "ok"));
    try (RunningRole joiner = running(job)) {
      try (Producer<byte[], byte[]> producer = job.clients.producer("events", Map.of())) {
        job.event(producer, "a", 0, System.currentTimeMillis());
      }
      abortTransactions(job);

      await().atMost(TIMEOUT).until(() -> job.labelled().size() == 1);
    }
  }

  private static void abortTransactions(JoinedJob job) {
    Map<String, Object> settings = Map.of("transactional.id", job.job + "-labeller");
    try (Producer<byte[], byte[]> producer = job.clients.producer("labels", settings)) {
      producer.initTransactions();
      for (int i = 0; i < 2; i++) {
        producer.beginTransaction();
        for (int partition = 0; partition < 2; partition++) {
          producer.send(new ProducerRecord<>(job.labels, partition, null, new byte[] {'{'}));
        }
        producer.flush();
        producer.abortTransaction();
      }
    }
  }

  @Test
  void aTopicThatIsWrittenAgainMayGrow() throws Exception {
    JoinedJob job =
        new JoinedJob(
            folder,
            2,
            1,
            true,
            Map.of("labels.wait", "20s", "labels.grace", "2s", "labels.missing", "ok"));
    try (RunningRole joiner = running(job);
        Admin admin = Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
      admin.createPartitions(Map.of(job.labels, NewPartitions.increaseTo(3))).all().get();
      long nowMs = System.currentTimeMillis();
      try (Producer<byte[], byte[]> producer = job.clients.producer("both", Map.of())) {
        for (int i = 0; i < 30; i++) {
          job.event(producer, "k" + i, i, nowMs);
          job.label(producer, "k" + i, "fraud", nowMs);
        }
      }

      await().atMost(TIMEOUT).until(() -> job.labelled().size() == 30);

      assertThat(job.written().values()).allMatch(written -> written.get(0).label() == 1);
    }
  }

  @Test
  void whatIsReadAnotherWayThanBeforeIsRefused() throws Exception {
    JoinedJob job = new JoinedJob(folder, 2, Map.of());
    job.joinToEnd(Map.of());

    assertThatThrownBy(() -> job.joinToEnd(Map.of("labels.repartition", "always")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("read events as they are and labels as they are")
        .hasMessageContaining("start a new job");
  }

  private static RunningRole running(JoinedJob job) {
    RunningRole joiner = job.start(Map.of());
    await().atMost(TIMEOUT).until(() -> joiner.status().state() == Role.State.RUNNING);
    return joiner;
  }
}
