package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.ServedScore.Place;
import dev.counterweight.serving.ServedModel;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScorerTopologyTest {
  @TempDir Path folder;

  @Test
  void aScoreBearsItsEventsKeyHeadersAndTimestampAndNamesModelAndPlace() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of())) {
      ServedModel model = rig.take(3);
      Headers headers = new RecordHeaders().add("trace", "7".getBytes(UTF_8));

      rig.send("card-1".getBytes(UTF_8), "{\"amount\":0}".getBytes(UTF_8), headers);

      TestRecord<byte[], byte[]> record = rig.records().get(0);
      assertThat(new String(record.key(), UTF_8)).isEqualTo("card-1");
      assertThat(record.headers()).isEqualTo(headers);
      assertThat(record.getRecordTime()).isEqualTo(ScoringRig.AT);
      ServedScore score = ServedScore.parse(record.value());
      assertThat(score.probabilities()).containsOnlyKeys("ok", "fraud");
      assertThat(score.step()).isEqualTo(3);
      assertThat(score.checkpoint()).isEqualTo(model.id().sha256());
      assertThat(score.schema()).isEqualTo(model.schema().hash());
      assertThat(score.place()).isEqualTo(new Place(0, 0));
      assertThat(score.threshold()).isNull();
      assertThat(score.reasons()).isEmpty();
      assertThat(rig.own.scored()).isEqualTo(1);
      assertThat(rig.noted()).isEqualTo(1);
      assertThat(rig.counted(ScorerMetric.SCORED, "class", score.decision())).isEqualTo(1);
    }
  }

  @Test
  void theNextEventIsScoredByTheModelThatAnswersThen() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of())) {
      rig.send("a", "{\"amount\":1}");
      rig.take(2);
      rig.send("a", "{\"amount\":1}");
      rig.send("a", "{\"amount\":1}");
      rig.take(9);
      rig.send("a", "{\"amount\":1}");

      List<ServedScore> scores = rig.scores();
      assertThat(scores).extracting(ServedScore::step).containsExactly(1L, 2L, 2L, 9L);
      assertThat(scores.get(1).probabilities()).isEqualTo(scores.get(2).probabilities());
      assertThat(scores.get(3).probabilities().get("fraud"))
          .isGreaterThan(scores.get(0).probabilities().get("fraud"));
    }
  }

  @Test
  void aPartitionWithoutRecordsHoldsNoModelThatWasReplaced() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of())) {
      WeakReference<ServedModel> replaced = new WeakReference<>(rig.take(2));
      rig.send("a", "{\"amount\":1}");

      rig.take(3);
      rig.take(4); // the one before stays loaded

      await()
          .until(
              () -> {
                System.gc();
                return replaced.get() == null;
              });
    }
  }

  @Test
  void neitherLabelNorTimeIsNeededAndOnesThatAreWrongAreLetBe() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of("events.time", "at"))) {
      rig.send("a", "{\"amount\":1}");
      rig.send("a", "{\"amount\":1,\"label\":\"neither\",\"at\":\"never\"}");

      List<ServedScore> scores = rig.scores();
      assertThat(scores).hasSize(2);
      assertThat(scores.get(0).probabilities()).isEqualTo(scores.get(1).probabilities());
      assertThat(rig.letters()).isEmpty();
    }
  }

  @Test
  void whatCannotBeReadIsADeadLetterWithItsReason() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of())) {
      rig.send("a", "{\"amount\":");
      rig.send("b", "{\"amount\":\"much\"}");
      rig.send("c", "{}");
      rig.send("d", "{\"amount\":2}");

      List<TestRecord<byte[], byte[]>> letters = rig.letters();
      assertThat(letters)
          .extracting(letter -> LetterHeaders.text(letter.headers(), LetterHeaders.REASON))
          .map(reason -> reason.orElse(""))
          .containsExactly("malformed", "bad_feature", "missing_feature");
      assertThat(letters)
          .allMatch(letter -> letter.headers().lastHeader(LetterHeaders.UNSCORED) != null);
      assertThat(new String(letters.get(1).key(), UTF_8)).isEqualTo("b");
      assertThat(new String(letters.get(1).value(), UTF_8)).isEqualTo("{\"amount\":\"much\"}");
      assertThat(LetterHeaders.text(letters.get(2).headers(), LetterHeaders.OFFSET)).hasValue("2");
      assertThat(rig.scores())
          .singleElement()
          .extracting(s -> Objects.requireNonNull(s.place()).offset())
          .isEqualTo(3L);
      assertThat(rig.own.refused()).isEqualTo(3);
      assertThat(rig.counted(ScorerMetric.REFUSED, "reason", "malformed")).isEqualTo(1);
    }
  }

  @Test
  void tombstonesAreNeitherScoredNorRefused() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of())) {
      rig.send("a", null);

      assertThat(rig.scores()).isEmpty();
      assertThat(rig.letters()).isEmpty();
      assertThat(rig.own.reading().taken()).isEqualTo(1);
    }
  }

  @Test
  void anEventWhoseScoreIsNoNumberIsADeadLetter() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of())) {
      rig.made.steeper(3e38f);
      rig.take(1);
      rig.send("a", "{\"amount\":5}");

      assertThat(rig.scores()).isEmpty();
      assertThat(rig.letters())
          .singleElement()
          .satisfies(
              letter ->
                  assertThat(LetterHeaders.text(letter.headers(), LetterHeaders.REASON))
                      .hasValue("unscorable"));
    }
  }

  @Test
  void eventsOfADebeziumTopicAreScoredByTheirAfterImage() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of("events.envelope", "debezium"))) {
      rig.send("a", "{\"op\":\"c\",\"before\":null,\"after\":{\"amount\":1}}");
      rig.send("a", "{\"op\":\"d\",\"before\":{\"amount\":1},\"after\":null}");

      assertThat(rig.scores()).hasSize(1);
      assertThat(rig.letters()).isEmpty();
    }
  }

  @Test
  void reasonsAreNamedWhereTheyAreAskedFor() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of("scores.reasons", "3"))) {
      rig.send("a", "{\"amount\":1}");

      assertThat(rig.scores().get(0).reasons())
          .singleElement()
          .satisfies(reason -> assertThat(reason.feature()).isEqualTo("amount"));
    }
  }

  @Test
  void whatIsTooLongIsADeadLetterThatTellsHowLongItWas() {
    try (ScoringRig rig = new ScoringRig(folder, Map.of("events.max.bytes", "100"))) {
      byte[] longKey = new byte[70_000];
      rig.send(longKey, "{\"amount\":1}".getBytes(UTF_8), new RecordHeaders());
      rig.send("b".getBytes(UTF_8), new byte[5_000], new RecordHeaders());
      rig.send(longKey, new byte[5_000], new RecordHeaders());
      Headers headers = new RecordHeaders().add("h", new byte[2_000]);
      rig.send("c".getBytes(UTF_8), "{\"amount\":1}".getBytes(UTF_8), headers);

      assertThat(rig.scores()).isEmpty();
      List<TestRecord<byte[], byte[]>> letters = rig.letters();
      assertThat(letters)
          .allSatisfy(
              letter ->
                  assertThat(LetterHeaders.text(letter.headers(), LetterHeaders.REASON))
                      .hasValue("too_large"));
      assertThat(letters)
          .extracting(
              letter ->
                  LetterHeaders.text(letter.headers(), LetterHeaders.TRUNCATED).orElse("whole"))
          .containsExactly(
              "key of 70000 bytes",
              "value of 5000 bytes",
              "key of 70000 bytes, value of 5000 bytes",
              "whole");
      assertThat(new String(letters.get(0).value(), UTF_8)).isEqualTo("{\"amount\":1}");
    }
  }

  @Test
  void offsetsThatRetentionDeletedEndTheRoleUnlessTheConfigurationGoesOn() {
    assertThatThrownBy(() -> new ScoringRig(folder, Map.of(), OptionalLong.of(5), 9).close())
        .hasRootCauseMessage(
            "topic 'payments', partition 0: offsets 5 to 8 were deleted before they were scored;"
                + " set events.lost=continue to go on without them");
    try (ScoringRig rig =
        new ScoringRig(folder, Map.of("events.lost", "continue"), OptionalLong.of(5), 9)) {
      assertThat(rig.registry.get(ScorerMetric.LOST.declaration().name()).counter().count())
          .isEqualTo(4);
      assertThat(rig.own.reading().from(new TopicPartition("payments", 0))).isEqualTo(9);
    }
  }
}
