package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.joining.Fact;
import dev.counterweight.joining.Side;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.streams.FixedOffsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoinerTopologyTest {
  private static final long MINUTE = 60_000;

  @TempDir Path folder;

  @Test
  void anEventLeavesOnceItsLabelIsThereAndNeverAlone() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      rig.event("a", 0);
      rig.pass(Duration.ofMinutes(59));
      assertThat(rig.written()).isEmpty();

      rig.label("a", "fraud", 10 * MINUTE);

      assertThat(rig.written()).containsExactly("a:fraud:600000");
      rig.pass(Duration.ofHours(3));
      assertThat(rig.written()).isEmpty();
      assertThat(rig.fact(Fact.MATCHED)).isEqualTo(1);
    }
  }

  @Test
  void aLabelBeforeItsEventWaitsForIt() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      rig.label("a", "dispute", 0);
      rig.pass(Duration.ofMinutes(30));

      rig.event("a", 30 * MINUTE);

      assertThat(rig.written()).containsExactly("a:dispute:0");
    }
  }

  @Test
  void onAnIdleTopicAnEventIsOutWithinWaitAndGrace() {
    try (JoinRig rig = new JoinRig(folder, Map.of("labels.missing", "ok"))) {
      rig.event("a", 0);
      rig.pass(Duration.ofMinutes(60));
      assertThat(rig.written()).isEmpty();

      rig.pass(Duration.ofMinutes(1));

      assertThat(rig.written()).containsExactly("a:ok:3600000");
      assertThat(rig.fact(Fact.EXPIRED)).isEqualTo(1);
    }
  }

  @Test
  void nothingIsOverWhileNoBrokerSaysThatTheLabelsAreRead() {
    try (JoinRig rig = new JoinRig(folder, Map.of("labels.missing", "ok"))) {
      rig.event("a", 0);

      rig.pass(Duration.ofHours(5), false);

      assertThat(rig.written()).isEmpty();
      rig.pass(Duration.ofSeconds(5));
      assertThat(rig.written()).containsExactly("a:ok:3600000");
    }
  }

  @Test
  void aLabelTopicThatIsBehindHoldsBackWhatIsOver() {
    try (JoinRig rig = new JoinRig(folder, Map.of("labels.missing", "ok"))) {
      for (int i = 0; i < 100; i++) {
        rig.event("e" + i, i * 10 * MINUTE - 100 * 60 * MINUTE);
      }
      rig.pass(Duration.ofMinutes(5), false);
      rig.endIsKnown(Side.EVENTS);
      rig.pass(Duration.ofMinutes(5), false);
      assertThat(rig.written()).isEmpty();

      for (int i = 0; i < 100; i++) {
        rig.label("e" + i, "fraud", i * 10 * MINUTE - 100 * 60 * MINUTE + MINUTE);
      }

      assertThat(rig.written()).hasSize(100).allMatch(written -> written.contains(":fraud:"));
    }
  }

  @Test
  void aLabelWithAClockAheadCallsNothingOverWhileOldOnesAreRead() {
    try (JoinRig rig = new JoinRig(folder, Map.of("labels.missing", "ok"))) {
      for (int i = 0; i < 100; i++) {
        rig.event("e" + i, i * 10 * MINUTE - 100 * 60 * MINUTE);
      }
      rig.label("z", "fraud", 0);
      rig.pass(Duration.ofSeconds(10), false);
      for (int i = 0; i < 100; i++) {
        rig.label("e" + i, "fraud", i * 10 * MINUTE - 100 * 60 * MINUTE + MINUTE);
      }

      assertThat(rig.written()).hasSize(100).allMatch(written -> written.contains(":fraud:"));
    }
  }

  @Test
  void anEventWithAClockAheadLetsGoOfNoLabelsWhileOldOnesAreRead() {
    try (JoinRig rig = new JoinRig(folder, Map.of("labels.missing", "ok"))) {
      for (int i = 0; i < 100; i++) {
        rig.label("e" + i, "fraud", i * 10 * MINUTE - 100 * 60 * MINUTE + MINUTE);
      }
      rig.event("z", 0);
      rig.pass(Duration.ofSeconds(10), false);
      for (int i = 0; i < 100; i++) {
        rig.event("e" + i, i * 10 * MINUTE - 100 * 60 * MINUTE);
      }

      assertThat(rig.written()).hasSize(100).allMatch(written -> written.contains(":fraud:"));
    }
  }

  @Test
  void anEventThatComesOnlyWhenItsWaitIsOverFindsNoLabelAnyMore() {
    try (JoinRig rig = new JoinRig(folder, Map.of("labels.missing", "ok"))) {
      rig.label("a", "fraud", MINUTE);
      rig.pass(Duration.ofHours(3));

      rig.event("a", 0);

      assertThat(rig.written()).containsExactly("a:ok:3600000");
      assertThat(rig.fact(Fact.UNMATCHED)).isEqualTo(1);
    }
  }

  @Test
  void droppedEventsAreCountedAndNotWritten() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      rig.event("a", 0);
      rig.pass(Duration.ofHours(2));
      assertThat(rig.written()).isEmpty();
      assertThat(rig.fact(Fact.DROPPED)).isEqualTo(1);
    }
  }

  @Test
  void aCorrectionSaysWhatItReplaces() {
    try (JoinRig rig =
        new JoinRig(folder, Map.of("labels.missing", "ok", "labels.correct.for", "1d"))) {
      rig.event("a", 0);
      rig.pass(Duration.ofMinutes(61));
      rig.label("a", "fraud", 61 * MINUTE);
      rig.label("a", "dispute", 62 * MINUTE);

      assertThat(rig.written())
          .containsExactly("a:ok:3600000", "a:fraud:3660000 was ok", "a:dispute:3720000 was fraud");
    }
  }

  @Test
  void keyValueAndHeadersAreTheEventsOwn() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      RecordHeaders headers = new RecordHeaders();
      headers.add("trace", new byte[] {1, 2});
      headers.add(LabelledHeaders.LABEL, "forged".getBytes(UTF_8));
      headers.add("none", null);
      String value = "{\"x\":1,\"t\":%d}".formatted(JoinRig.START_MS);
      rig.event("other", 0);
      rig.send(Side.EVENTS, "a", value, headers);
      rig.label("a", "fraud", 1);

      TestRecord<byte[], byte[]> record = rig.records().get(0);
      assertThat(record.key()).isEqualTo("a".getBytes(UTF_8));
      assertThat(record.value()).isEqualTo(value.getBytes(UTF_8));
      assertThat(record.headers().lastHeader("trace").value()).containsExactly(1, 2);
      assertThat(record.headers().lastHeader("none").value()).isNull();
      assertThat(record.headers().headers(LabelledHeaders.LABEL)).hasSize(1);
      assertThat(JoinRig.header(record, LabelledHeaders.LABEL)).isEqualTo("fraud");
      assertThat(JoinRig.header(record, LabelledHeaders.EVENT_TIME))
          .isEqualTo(Long.toString(JoinRig.START_MS));
      assertThat(JoinRig.header(record, LabelledHeaders.ORIGIN_PARTITION)).isEqualTo("0");
      assertThat(JoinRig.header(record, LabelledHeaders.ORIGIN_OFFSET)).isEqualTo("1");
      assertThat(JoinRig.header(record, LabelledHeaders.REPLACES)).isNull();
    }
  }

  @Test
  void aTimeAheadIsHeldUnderNowAndWrittenAsItIs() {
    try (JoinRig rig =
        new JoinRig(folder, Map.of("labels.missing", "ok", "events.max.future", "1m"))) {
      rig.event("a", 365 * 24 * 60 * MINUTE);
      rig.pass(Duration.ofMinutes(63));

      TestRecord<byte[], byte[]> record = rig.records().get(0);
      assertThat(JoinRig.header(record, LabelledHeaders.EVENT_TIME))
          .isEqualTo(Long.toString(JoinRig.START_MS + 365 * 24 * 60 * MINUTE));
    }
  }

  @Test
  void whatCannotBeReadOfEitherSideIsADeadLetter() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      rig.send(Side.EVENTS, "a", "{\"x\":1", new RecordHeaders());
      rig.send(Side.LABELS, "b", "{\"label\":\"what\",\"t\":5000000}", new RecordHeaders());
      rig.send(Side.EVENTS, null, "{\"x\":1,\"t\":1800000000000}", new RecordHeaders());
      rig.send(Side.LABELS, "c", null, new RecordHeaders());

      var letters = rig.letters();
      assertThat(letters)
          .extracting(letter -> JoinRig.header(letter, LetterHeaders.REASON))
          .containsExactly("malformed", "unknown_label", "missing_key");
      assertThat(letters)
          .extracting(letter -> JoinRig.header(letter, LetterHeaders.TOPIC))
          .containsExactly("payments", "chargebacks", "payments");
      assertThat(letters.get(0).value()).isEqualTo("{\"x\":1".getBytes(UTF_8));
      assertThat(letters.get(0).key()).isEqualTo("a".getBytes(UTF_8));
      assertThat(JoinRig.header(letters.get(2), LetterHeaders.OFFSET)).isEqualTo("1");
    }
  }

  @Test
  void aLabelWhoseRecordHasNoTimeThatCountsIsALetterWithAllOfIt() {
    Map<String, String> late = Map.of("labels.time", "", "events.min.time", "2050-01-01");
    try (JoinRig rig = new JoinRig(folder, late)) {
      rig.send(Side.LABELS, "a", "{\"label\":\"fraud\"}", new RecordHeaders());

      TestRecord<byte[], byte[]> letter = rig.letters().get(0);
      assertThat(JoinRig.header(letter, LetterHeaders.REASON)).isEqualTo("bad_time");
      assertThat(letter.value()).isEqualTo("{\"label\":\"fraud\"}".getBytes(UTF_8));
      assertThat(JoinRig.header(letter, LetterHeaders.TRUNCATED)).isNull();
    }
  }

  @Test
  void anEventThatDoesNotFitWithItsLabelIsADeadLetter() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      String value = "{\"x\":1,\"t\":1800000000000,\"more\":\"%s\"}".formatted("m".repeat(6_000));
      rig.send(Side.EVENTS, "a", value, new RecordHeaders());

      assertThat(rig.letters())
          .extracting(letter -> JoinRig.header(letter, LetterHeaders.REASON))
          .containsExactly("too_large");
      rig.label("a", "fraud", 0);
      assertThat(rig.written()).isEmpty();
    }
  }

  @Test
  void anEventWhoseKeyDoesNotFitWithItsLabelIsADeadLetter() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      String key = "k".repeat(6_000);
      rig.event(key, 0);
      rig.label(key, "fraud", 0);

      assertThat(rig.written()).isEmpty();
      assertThat(rig.letters())
          .extracting(letter -> JoinRig.header(letter, LetterHeaders.REASON))
          .containsExactly("too_large");
    }
  }

  @Test
  void anIdleTaskInWhichNothingWaitsIsNotLookedAt() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      rig.event("a", 0);
      rig.label("a", "fraud", 1);
      rig.pass(Duration.ofHours(3));
      long looks = rig.looks();

      rig.pass(Duration.ofHours(3));

      assertThat(rig.looks()).isEqualTo(looks);
    }
  }

  /** Its rows would take the place of newer ones, which the changelog has, with the next commit. */
  @Test
  void aStoreRestoredTooEarlyIsNotJoinedOnFrom() {
    try (JoinRig rig = new JoinRig(folder, Map.of())) {
      rig.event("a", 0);
    }
    FixedOffsets committed = new FixedOffsets(OptionalLong.of(5), true, 0, true);

    assertThatThrownBy(() -> new JoinRig(folder, Map.of(), committed, "events-1").close())
        .hasStackTraceContaining("the state restored");
  }
}
