package dev.counterweight.judge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.judging.Fate;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.streams.FixedOffsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTopologyTest {
  private static final Duration A_SECOND = Duration.ofSeconds(1);
  private static final Duration HOLD = Duration.ofMillis(JudgeRig.HOLD_MS);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aScoreIsJudgedWhenItsLabelComes(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.score(10, 0.75);
      rig.score(11, 0.25);
      rig.pass(A_SECOND);
      assertThat(rig.metrics.figures().judged()).isZero();
      assertThat(rig.metrics.waiting()).isEqualTo(2);

      rig.label(11, "fraud");
      rig.label(10, "fraud");

      assertThat(rig.of(Fate.JUDGED)).isEqualTo(2);
      assertThat(rig.metrics.recalls()).isEqualTo(Map.of("fraud", 0.5));
      assertThat(rig.metrics.more())
          .containsEntry("labels", Map.of("fraud", 2L))
          .containsEntry("precision", Map.of("fraud", 1.0, "ok", 0.0))
          .containsKeys("recall_interval", "delay_seconds");
      assertThat(rig.metrics.figures().logLoss().getAsDouble())
          .isCloseTo(-(Math.log(0.75) + Math.log(0.25)) / 2, within(1e-15));
      assertThat(rig.metrics.waiting()).isZero();
      assertThat(rig.rows()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLabelThatWasWrittenBeforeTheScoreIsNotJudgedBy(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.label(10, "fraud");
      rig.pass(A_SECOND);
      rig.score(10, 0.75);

      assertThat(rig.of(Fate.LABEL_FIRST)).isEqualTo(1);
      assertThat(rig.of(Fate.JUDGED)).isZero();
      assertThat(rig.rows()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void correctionsAreCountedAndNotJudgedBy(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.score(10, 0.75);
      rig.pass(A_SECOND);
      rig.label(10, "ok");
      rig.label(10, "fraud", "ok");

      assertThat(rig.of(Fate.CORRECTED)).isEqualTo(1);
      assertThat(rig.of(Fate.JUDGED)).isEqualTo(1);
      assertThat(rig.metrics.recalls()).isEqualTo(Map.of("ok", 0.0));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onIdleTopicsAScoreExpiresOnceNoLabelCanCome(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.score(10, 0.75);
      rig.pass(HOLD.minus(A_SECOND));
      assertThat(rig.rows()).isEqualTo(1);

      rig.pass(A_SECOND.multipliedBy(4));

      assertThat(rig.of(Fate.EXPIRED)).isEqualTo(1);
      assertThat(rig.rows()).isZero();
      rig.label(10, "fraud");
      assertThat(rig.of(Fate.UNMATCHED)).isEqualTo(1);
      assertThat(rig.rows()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingExpiresWhileLabelsAreNotReadToTheirEnd(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.score(10, 0.75);
      rig.pass(HOLD.multipliedBy(5), 1);
      assertThat(rig.rows()).isEqualTo(1);
      rig.pass(HOLD, -1);
      assertThat(rig.rows()).isEqualTo(1);

      rig.label(10, "fraud");

      assertThat(rig.of(Fate.JUDGED)).isEqualTo(1);
      assertThat(rig.of(Fate.EXPIRED)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void laterLabelsOfOthersLetAScoreExpire(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.score(10, 0.75);
      rig.score(11, 0.75);
      rig.pass(HOLD.minus(A_SECOND), -1);
      rig.score(12, 0.75);
      rig.pass(A_SECOND.multipliedBy(2), -1);
      assertThat(rig.rows()).isEqualTo(3);

      rig.label(12, "fraud");

      assertThat(rig.of(Fate.EXPIRED)).isEqualTo(2);
      assertThat(rig.of(Fate.JUDGED)).isEqualTo(1);
    }
  }

  @Test
  void offsetsThatNoRecordHasAreNoLabelsThatAreStillToCome() {
    try (JudgeRig rig = new JudgeRig(folder, true)) {
      rig.score(10, 0.75);
      rig.pass(A_SECOND);
      rig.passOffset();
      rig.pass(HOLD.plus(A_SECOND.multipliedBy(3)));

      assertThat(rig.of(Fate.EXPIRED)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRestartGoesOnWithScoresLabelsAndFigures(boolean routed) {
    StayingStore store = new StayingStore();
    try (JudgeRig rig = new JudgeRig(folder, routed, store)) {
      rig.score(9, 0.75);
      rig.score(10, 0.75);
      rig.score(11, 0.125);
      rig.pass(A_SECOND);
      rig.label(9, "ok");
      rig.label(10, "fraud");
      rig.label(20, "fraud");
      assertThat(rig.of(Fate.JUDGED)).isEqualTo(2);
    }
    // Both topics begin anew in the driver: what is below the store's offsets was read before.
    try (JudgeRig rig = new JudgeRig(folder, routed, store)) {
      rig.score(9, 0.5);
      rig.score(10, 0.5);
      rig.score(11, 0.5);
      rig.label(9, "fraud");
      rig.label(10, "ok");
      rig.label(20, "ok");
      rig.pass(A_SECOND);
      assertThat(rig.metrics.figures().judged()).isEqualTo(2);
      assertThat(rig.metrics.waiting()).isEqualTo(1);

      rig.label(11, "ok");

      assertThat(rig.of(Fate.JUDGED)).isEqualTo(3);
      assertThat(rig.of(Fate.REPEATED)).isZero();
      assertThat(rig.metrics.recalls()).isEqualTo(Map.of("fraud", 1.0, "ok", 0.5));
      assertThat(rig.metrics.figures().logLoss().getAsDouble())
          .isCloseTo(-(Math.log(0.25) + Math.log(0.75) + Math.log(0.875)) / 3, within(1e-15));
    }
  }

  @Test
  void aClassMayBeAddedAndNoneTakenAway() {
    StayingStore store = new StayingStore();
    List<String> more = List.of("ok", "fraud", "dispute");
    try (JudgeRig rig = new JudgeRig(folder, false, store)) {
      rig.score(10, 0.75);
      rig.pass(A_SECOND);
    }
    try (JudgeRig rig =
        new JudgeRig(folder, false, store, more, FixedOffsets.NOTHING_COMMITTED, "scores-1")) {
      rig.score(10, 0.75);
      rig.label(10, "dispute");
      rig.pass(A_SECOND.multipliedBy(2));
    }
    assertThatThrownBy(() -> new JudgeRig(folder, false, store).close())
        .hasRootCauseInstanceOf(FailureException.class)
        .hasRootCauseMessage(
            "job 'fraud' holds labels of events.classes=ok,fraud,dispute, and"
                + " events.classes=ok,fraud is configured: classes may be added at the end, no"
                + " more. Set it back, or start a new job.");
  }

  @Test
  void scoresOfAnotherTopicAreRefused() {
    StayingStore store = new StayingStore();
    new JudgeRig(folder, false, store).close();

    assertThatThrownBy(
            () ->
                new JudgeRig(
                        folder,
                        false,
                        store,
                        JudgeRig.CLASSES,
                        FixedOffsets.NOTHING_COMMITTED,
                        "scores-2")
                    .close())
        .hasRootCauseInstanceOf(FailureException.class)
        .rootCause()
        .hasMessageContaining("judged by another topic of scores");
  }

  @Test
  void whatIsNoScoreIsCountedAndPassedOver() {
    try (JudgeRig rig = new JudgeRig(folder, false)) {
      rig.score("{}".getBytes(UTF_8));
      rig.score((byte[]) null);
      rig.score("{\"probabilities\":{\"ok\":2}}".getBytes(UTF_8));
      ServedScore elsewhere =
          new ServedScore(
              Map.of("ok", 1.0),
              "ok",
              null,
              1,
              "sha",
              "hash",
              new ServedScore.Place(1, 4),
              List.of());
      rig.score(elsewhere.toJson());
      ServedScore unknown =
          new ServedScore(
              Map.of("odd", 1.0),
              "odd",
              null,
              1,
              "sha",
              "hash",
              new ServedScore.Place(0, 4),
              List.of());
      rig.score(unknown.toJson());
      rig.score(4, 0.75);
      rig.pass(A_SECOND);
      rig.label(4, "fraud");

      assertThat(rig.of(Fate.JUDGED)).isEqualTo(1);
      assertThat(rig.registry.get("counterweight.served.unreadable").counter().count())
          .isEqualTo(5);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLabelOfAClassThatIsNotKnownHereIsCountedAndPassedOver(boolean routed) {
    try (JudgeRig rig = new JudgeRig(folder, routed)) {
      rig.score(4, 0.75);
      rig.score(5, 0.75);
      rig.pass(A_SECOND);
      rig.label(4, "dispute");
      rig.label(5, "fraud");
      rig.label(5, "dispute", "fraud");

      assertThat(rig.of(Fate.JUDGED)).isEqualTo(1);
      assertThat(rig.of(Fate.CORRECTED)).isEqualTo(1);
      assertThat(rig.metrics.waiting()).isEqualTo(1);
      assertThat(rig.registry.get("counterweight.served.unreadable").counter().count())
          .isEqualTo(1);
    }
  }

  @Test
  void aLabelThatNoJoinerWroteIsADefect() {
    try (JudgeRig rig = new JudgeRig(folder, false)) {
      assertThatThrownBy(() -> rig.label(-4, "ok")).isInstanceOf(InvariantException.class);
    }
  }

  @Test
  void aStoreThatKnowsNothingOfWhatWasCommittedIsStartedAnew() {
    FixedOffsets committed = new FixedOffsets(OptionalLong.of(7), true, 0, true);

    assertThatThrownBy(
            () ->
                new JudgeRig(
                        folder, false, new StayingStore(), JudgeRig.CLASSES, committed, "scores-1")
                    .close())
        .isInstanceOf(StreamsException.class)
        .rootCause()
        .hasMessageContaining("knows nothing of it");
  }

  @Test
  void metersTellOfClassesAndOfDelays() {
    try (JudgeRig rig = new JudgeRig(folder, false)) {
      rig.score(10, 0.75);
      rig.score(11, 0.75);
      rig.pass(A_SECOND.multipliedBy(5));
      rig.label(10, "fraud");
      rig.label(11, "ok");
      rig.pass(A_SECOND.multipliedBy(2));

      assertThat(counter(rig, "counterweight.served.judged", "ok")).isEqualTo(1);
      assertThat(counter(rig, "counterweight.served.hits", "ok")).isZero();
      assertThat(counter(rig, "counterweight.served.hits", "fraud")).isEqualTo(1);
      assertThat(counter(rig, "counterweight.served.decided", "fraud")).isEqualTo(2);
      assertThat(gauge(rig, "counterweight.served.recall", "fraud")).isEqualTo(1);
      assertThat(gauge(rig, "counterweight.served.precision", "fraud")).isEqualTo(0.5);
      assertThat(gauge(rig, "counterweight.served.precision", "ok")).isNaN();
      assertThat(rig.registry.get("counterweight.served.gmean").gauge().value()).isZero();
      assertThat(
              rig.registry
                  .get("counterweight.served.delay")
                  .timer()
                  .totalTime(TimeUnit.MILLISECONDS))
          .isEqualTo(10_000);
    }
  }

  private static double counter(JudgeRig rig, String name, String of) {
    return rig.registry.get(name).tag("class", of).counter().count();
  }

  private static double gauge(JudgeRig rig, String name, String of) {
    return rig.registry.get(name).tag("class", of).gauge().value();
  }
}
