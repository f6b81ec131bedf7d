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
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class JoinerRoleIT {
  private static final long HOUR = 3_600_000;
  private static final long START_MS = 1_700_000_000_000L;

  @TempDir Path folder;

  private static Rules rules(long correctForMs, int missing, Conflict conflict) {
    return new Rules(HOUR, 60_000, correctForMs, missing, conflict, JoinedJob.CLASSES.size());
  }

  private static Map<String, String> settings(Rules rules) {
    Map<String, String> settings = new HashMap<>();
    settings.put("labels.correct.for", rules.correctForMs() + " ms");
    settings.put("labels.conflict", rules.conflict().name().toLowerCase(Locale.ROOT));
    settings.put(
        "labels.missing", rules.missing() < 0 ? "drop" : JoinedJob.CLASSES.get(rules.missing()));
    return settings;
  }

  @Test
  void everyEventLeavesOnceWithTheLabelThatARecountSays() throws Exception {
    Rules rules = rules(HOUR, 0, Conflict.FIRST);
    JoinStream stream = JoinStream.of(rules, 20_000, START_MS, 500, 7);
    JoinedJob job = new JoinedJob(folder, 3, settings(rules));
    job.send(stream);

    Map<String, Object> summary = job.joinToEnd(Map.of("labels.at.end", "expire"));

    assertThat(job.unlikeTheRecountOf(stream)).isEmpty();
    assertThat(summary).containsEntry("waiting", 0L);
    assertThat(
            Stream.of("matched", "unlabelled")
                .map(summary::get)
                .mapToLong(told -> (Long) Objects.requireNonNull(told))
                .sum())
        .isEqualTo(20_000);
  }

  @Test
  void aSecondRunGoesOnWhereTheFirstEndedAlsoWithoutItsFolder() throws Exception {
    Rules rules = rules(HOUR, -1, Conflict.LAST);
    long fromMs = System.currentTimeMillis() - HOUR / 2;
    JoinStream stream = JoinStream.of(rules, 3_000, fromMs, 500, 8);
    Map<String, String> settings = settings(rules);
    settings.put("events.max.future", "1d"); // labels of the hours to come
    JoinedJob job = new JoinedJob(folder, 2, settings);
    job.sendEvents(stream, 0, 3_000);
    Map<String, Object> first = job.joinToEnd(Map.of());
    assertThat(first).containsEntry("matched", 0L);
    assertThat(first).containsEntry("waiting", 3_000L);
    Utils.delete(folder.resolve("state").toFile());
    job.sendLabels(stream, 0, stream.labels().size());

    Map<String, Object> second = job.joinToEnd(Map.of("labels.at.end", "expire"));

    assertThat(job.unlikeTheRecountOf(stream)).isEmpty();
    assertThat(second).containsEntry("waiting", 0L);
  }

  @Test
  void onAnIdleTopicTheLastEventIsOutWithinWaitAndGrace() throws Exception {
    JoinedJob job =
        new JoinedJob(
            folder, 2, Map.of("labels.wait", "2s", "labels.grace", "2s", "labels.missing", "ok"));
    try (RunningRole joiner = job.start(Map.of())) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> joiner.status().state() == Role.State.RUNNING);
      long sentMs = System.currentTimeMillis();
      try (Producer<byte[], byte[]> producer = job.clients.producer("events", Map.of())) {
        job.event(producer, "a", 0, sentMs);
      }

      await().atMost(Duration.ofSeconds(20)).until(() -> job.labelled().size() == 1);

      assertThat(job.labelled().get(0).timestamp() - sentMs).isBetween(2_000L, 4_500L);
    }
  }

  @Test
  void whatStillWaitsAtTheEndIsKeptUntilARunExpiresIt() throws Exception {
    JoinedJob job = new JoinedJob(folder, 1, Map.of("labels.missing", "ok"));
    long nowMs = System.currentTimeMillis();
    try (Producer<byte[], byte[]> producer = job.clients.producer("events", Map.of())) {
      job.event(producer, "old", 0, nowMs - 5 * HOUR);
      job.event(producer, "young", 1, nowMs);
    }

    assertThat(job.joinToEnd(Map.of()))
        .containsEntry("unlabelled", 1L)
        .containsEntry("waiting", 1L);
    assertThat(job.joinToEnd(Map.of()))
        .containsEntry("unlabelled", 0L)
        .containsEntry("waiting", 1L);
    assertThat(job.joinToEnd(Map.of("labels.at.end", "expire")))
        .containsEntry("unlabelled", 1L)
        .containsEntry("waiting", 0L);
    assertThat(job.written().keySet()).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void aTopicOfLabelsThatIsCreatedAgainUnderTheJoinerIsRefused() throws Exception {
    JoinedJob job = new JoinedJob(folder, 1, Map.of("kafka.metadata.max.age.ms", "500"));
    try (RunningRole joiner = job.start(Map.of())) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> joiner.status().state() == Role.State.RUNNING);

      SharedBroker.recreateTopic(job.labels, 1);

      assertThatThrownBy(joiner::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("topic '" + job.labels + "' was deleted and created again");
    }
  }

  @Test
  void emptyTopicsEndAtOnce() throws Exception {
    JoinedJob job = new JoinedJob(folder, 2, Map.of());

    assertThat(job.joinToEnd(Map.of())).containsEntry("labelled", 0L).containsEntry("waiting", 0L);
  }

  @Test
  void aJobThatBeginsWithTheLatestEventsReadsTheLabelsOfAWaitBefore() throws Exception {
    JoinedJob job = new JoinedJob(folder, 1, Map.of("events.start", "latest"));
    long nowMs = System.currentTimeMillis();
    try (Producer<byte[], byte[]> producer = job.clients.producer("both", Map.of())) {
      job.event(producer, "before", 0, nowMs);
      job.label(producer, "later", "fraud", nowMs);
    }
    assertThat(job.joinToEnd(Map.of())).containsEntry("waiting", 0L);
    try (Producer<byte[], byte[]> producer = job.clients.producer("events", Map.of())) {
      job.event(producer, "later", 1, nowMs + 1);
    }

    assertThat(job.joinToEnd(Map.of())).containsEntry("matched", 1L).containsEntry("waiting", 0L);
    assertThat(job.written().keySet()).containsExactly(1);
  }

  @Test
  void twoProcessesDoNotShareAFolder() throws Exception {
    JoinedJob job = new JoinedJob(folder, 1, Map.of());
    try (RunningRole joiner = job.start(Map.of())) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> joiner.status().state() == Role.State.RUNNING);

      assertThatThrownBy(() -> job.joinToEnd(Map.of()))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("each process needs a folder of its own");
    }
  }

  @Test
  void otherClassesThanThoseOfItsRowsAreRefused() throws Exception {
    JoinedJob job = new JoinedJob(folder, 1, Map.of());
    job.joinToEnd(Map.of());

    assertThatThrownBy(() -> job.joinToEnd(Map.of("events.classes", "fraud,ok")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("events.classes=ok,fraud,dispute")
        .hasMessageContaining("events.classes=fraud,ok");
    job.joinToEnd(Map.of("events.classes", "ok,fraud,dispute,more"));
  }

  @Test
  void offsetsThatAreSetBackBringNothingTwice() throws Exception {
    Rules rules = rules(0, 0, Conflict.FIRST);
    JoinStream stream = JoinStream.of(rules, 500, START_MS, 500, 9);
    JoinedJob job = new JoinedJob(folder, 2, settings(rules));
    job.send(stream);
    job.joinToEnd(Map.of("labels.at.end", "expire"));
    job.setBack();

    Map<String, Object> second = job.joinToEnd(Map.of("labels.at.end", "expire"));

    assertThat(second).containsEntry("labelled", 0L);
    assertThat(job.unlikeTheRecountOf(stream)).isEmpty();
  }

  @Test
  void recordsDeletedBeforeTheyWereJoinedEndItUnlessTheyMayBeLost() throws Exception {
    JoinedJob job = new JoinedJob(folder, 1, Map.of());
    long nowMs = System.currentTimeMillis();
    job.joinToEnd(Map.of());
    try (Producer<byte[], byte[]> producer = job.clients.producer("both", Map.of())) {
      for (int i = 0; i < 10; i++) {
        job.event(producer, "k" + i, i, nowMs);
        job.label(producer, "k" + i, "fraud", nowMs);
      }
    }
    job.deleteLabelsBelow(4);

    assertThatThrownBy(() -> job.joinToEnd(Map.of()))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("offsets 0 to 3 were deleted before they were joined");
    assertThat(job.joinToEnd(Map.of("events.lost", "continue")))
        .containsEntry("matched", 6L)
        .containsEntry("waiting", 4L);
  }
}
