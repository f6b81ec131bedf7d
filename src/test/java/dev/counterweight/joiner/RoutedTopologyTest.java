package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joining.Fact;
import dev.counterweight.joining.Side;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.LabelledHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sides that are written again by their join key, in a topology without a broker. */
class RoutedTopologyTest {
  private static final Map<String, String> BY_FIELDS =
      Map.of("events.key", "account", "labels.key", "of");
  private static final Map<String, String> ALWAYS = Map.of("labels.repartition", "always");
  private static final long MINUTE = 60_000;

  @TempDir Path folder;

  private JoinRig rig(Map<String, String> keys, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(keys);
    all.putAll(more);
    return new JoinRig(folder, all);
  }

  @Test
  void fieldsJoinAndTheEventLeavesAsItCame() {
    try (JoinRig rig = rig(BY_FIELDS, Map.of())) {
      RecordHeaders headers = new RecordHeaders();
      headers.add("trace", "1".getBytes(UTF_8));
      String event = "{\"x\":1,\"account\":\"a\",\"t\":%d}".formatted(JoinRig.START_MS);
      rig.send(Side.EVENTS, null, "no event", new RecordHeaders());
      rig.send(Side.EVENTS, "its own key", event, headers);
      String label = "{\"label\":\"fraud\",\"of\":\"a\",\"t\":%d}";
      rig.send(Side.LABELS, "other", label.formatted(JoinRig.START_MS + 5), new RecordHeaders());

      TestRecord<byte[], byte[]> written = rig.records().get(0);

      assertThat(new String(written.key(), UTF_8)).isEqualTo("its own key");
      assertThat(new String(written.value(), UTF_8)).isEqualTo(event);
      assertThat(JoinRig.header(written, "trace")).isEqualTo("1");
      assertThat(JoinRig.header(written, LabelledHeaders.LABEL)).isEqualTo("fraud");
      assertThat(JoinRig.header(written, LabelledHeaders.WAITED_MS)).isEqualTo("5");
      assertThat(JoinRig.header(written, LabelledHeaders.ORIGIN_PARTITION)).isEqualTo("0");
      assertThat(JoinRig.header(written, LabelledHeaders.ORIGIN_OFFSET)).isEqualTo("1");
      assertThat(rig.letters())
          .singleElement()
          .satisfies(
              letter -> {
                assertThat(new String(letter.value(), UTF_8)).isEqualTo("no event");
                assertThat(JoinRig.header(letter, LetterHeaders.TOPIC)).isEqualTo("payments");
                assertThat(JoinRig.header(letter, LetterHeaders.OFFSET)).isEqualTo("0");
              });
    }
  }

  @Test
  void onAnIdleTopicAnEventIsOutWithinWaitAndGrace() {
    try (JoinRig rig = rig(ALWAYS, Map.of("labels.missing", "ok"))) {
      rig.event("a", 0);
      rig.pass(Duration.ofMinutes(60));
      assertThat(rig.written()).isEmpty();

      rig.pass(Duration.ofMinutes(1));

      assertThat(rig.written()).containsExactly("a:ok:3600000");
      assertThat(rig.fact(Fact.EXPIRED)).isEqualTo(1);
    }
  }

  @Test
  void nothingIsOverWhileABrokerSaysNothing() {
    try (JoinRig rig = rig(ALWAYS, Map.of("labels.missing", "ok"))) {
      rig.event("a", 0);
      rig.pass(Duration.ofHours(10), false);

      assertThat(rig.written()).isEmpty();
    }
  }

  @Test
  void nothingIsOverBeforeAllOfATopicIsWrittenAgain() {
    try (JoinRig rig = rig(ALWAYS, Map.of("labels.missing", "ok"))) {
      rig.event("a", 0);
      rig.holdsMore(Side.LABELS, 1);
      rig.pass(Duration.ofHours(10));
      assertThat(rig.written()).isEmpty();

      rig.label("a", "fraud", 10 * MINUTE);

      assertThat(rig.written()).containsExactly("a:fraud:600000");
    }
  }

  @Test
  void offsetsThatNoRecordHasArePassed() {
    try (JoinRig rig = rig(ALWAYS, Map.of("labels.missing", "ok"))) {
      rig.event("a", 0);
      rig.holdsMore(Side.LABELS, 1);
      rig.pass(Duration.ofHours(2));
      assertThat(rig.written()).isEmpty();

      rig.passOffset(Side.LABELS);
      rig.pass(Duration.ofMinutes(2));

      assertThat(rig.written()).containsExactly("a:ok:3600000");
    }
  }

  @Test
  void anIdleTaskLooksAtNothing() {
    try (JoinRig rig = rig(ALWAYS, Map.of())) {
      rig.event("a", 0);
      rig.label("a", "fraud", 0);
      rig.pass(Duration.ofHours(4));
      long looks = rig.looks();

      rig.pass(Duration.ofHours(4));

      assertThat(rig.looks()).isEqualTo(looks);
    }
  }
}
