package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.LabelledHeaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventSamplerTest {
  private static final byte[] COMMON = SamplerHarness.bytes(1, 1, 0);
  private static final byte[] RARE = SamplerHarness.bytes(1, 1, 2);
  private static final byte[] BAD = {1, 2, 3};
  private static final byte[] UNLABELLED = new byte[8];
  private static final Map<String, String> LABELS_LATER =
      Map.of(
          "events.label", "",
          "labels.topic", "labels",
          "labels.label", "label",
          "labels.wait", "1h",
          "labels.state.dir", "unused");

  @Test
  void whatAnAbortedTransactionHeldIsCountedOnceItIsDoneAgain() {
    try (SamplerRig rig = new SamplerRig(1, Map.of(), 9_000, 900, 100)) {
      use(rig);
      rig.sampler.cutIfAny();
      rig.output.abort();
      assertThat(rig.count("events.sampled")).isZero();
      assertThat(rig.count("dead.letters", "reason", "malformed")).isZero();

      rig.take(0, 0);
      use(rig);
      rig.commit();
      List<MiniBatch> committed = rig.committed();
      assertThat(rig.count("events.sampled")).isEqualTo(103);
      assertThat(rig.count("events.evaluated")).isEqualTo(100);
      assertThat(rig.count("dead.letters", "reason", "malformed")).isEqualTo(3);
      assertThat(rig.count("batches")).isEqualTo(committed.size());
      assertThat(rig.count("draws", "kind", "fresh") + rig.count("draws", "kind", "replay"))
          .isEqualTo(SamplerHarness.draws(committed));
      assertThat(rig.output.deadLetters()).isEqualTo(3);
      assertThat(rig.output.draws()).isEqualTo(SamplerHarness.draws(committed));
    }
  }

  private static void use(SamplerRig rig) {
    rig.feed(0, 100, COMMON);
    rig.feed(0, 3, BAD);
    assertThat(rig.gate.useEvents(5_000)).isTrue();
  }

  @Test
  void recordsWithoutAValueAreCoveredAndNoDeadLetters() {
    try (SamplerRig rig = new SamplerRig(1, Map.of(), 100, 50, 20)) {
      rig.feed(0, 2, COMMON);
      rig.feed(0, 3, null);
      assertThat(rig.gate.useEvents(5_000)).isTrue();
      rig.commit();

      assertThat(rig.count("events.passed.over", "role", "sampler", "reason", "tombstone"))
          .isEqualTo(3);
      assertThat(rig.output.deadLetters()).isZero();
      assertThat(rig.count("dead.letters", "reason", "empty")).isZero();
      assertThat(rig.position(0)).isEqualTo(5);
    }
  }

  /** What cannot be read of it at all was read as far as its label: so the counter has it. */
  @Test
  void theLetterOfAnEventThatWasCountedSaysSo(@TempDir Path folder) throws IOException {
    Path schema = folder.resolve("event.avsc");
    String fields =
        Stream.of("label", "x")
            .map("{\"name\": \"%s\", \"type\": \"string\"}"::formatted)
            .collect(Collectors.joining(", "));
    Files.writeString(
        schema, "{\"type\": \"record\", \"name\": \"E\", \"fields\": [%s]}".formatted(fields));
    Map<String, String> avro =
        Map.of(
            "events.format", "avro",
            "events.schema.file", schema.toString(),
            "events.features", "x");
    byte[] noText = {4 << 1, 'r', 'a', 'r', 'e', 1 << 1, -1};
    byte[] noClass = {4 << 1, 'r', 'a', 'r', 'r', 1 << 1, '1'};
    try (SamplerRig rig = new SamplerRig(1, avro, 9_000, 900, 100)) {
      rig.feed(0, 1, noText);
      rig.feed(0, 1, noClass);
      assertThat(rig.gate.useEvents(5_000)).isTrue();
      rig.commit();

      List<String> letters =
          rig.producer.history().stream()
              .filter(record -> record.topic().endsWith("dead-letters"))
              .map(
                  letter ->
                      LetterHeaders.text(letter.headers(), "cw.reason").orElse("")
                          + LetterHeaders.text(letter.headers(), "cw.counted").orElse(""))
              .toList();
      assertThat(letters).containsExactly("malformedtrue", "unknown_label");
    }
  }

  /** It would be trained on beside its counts. Replayed, it is counted, as its letter says. */
  @Test
  void anEventThatWasPassedBeforeItsClassWasAddedIsALetter() {
    try (SamplerRig rig = new SamplerRig(1, Map.of(), 50, 30, 0)) {
      rig.addedAt(2, 0, 2);
      rig.feed(0, 3, RARE);
      assertThat(rig.gate.useEvents(5_000)).isTrue();
      rig.commit();

      assertThat(rig.count("dead.letters", "reason", "unknown_label")).isEqualTo(2);
      assertThat(rig.committed().stream().map(MiniBatch::draws))
          .flatMap(draws -> Arrays.stream(draws.sourceOffset()).boxed().toList())
          .containsOnly(2L);
      assertThat(rig.producer.history())
          .filteredOn(record -> record.topic().endsWith("dead-letters"))
          .allSatisfy(
              letter -> assertThat(LetterHeaders.text(letter.headers(), "cw.counted")).isEmpty());
    }
  }

  @Test
  void aCorrectionIsDrawnAndNotScoredAndCountedOnceItIsCommitted() {
    try (SamplerRig rig = new SamplerRig(1, LABELS_LATER, 90, 9, 1)) {
      rig.feed(0, UNLABELLED, labelled("common", null));
      rig.feed(0, UNLABELLED, labelled("rare", "common"));
      assertThat(rig.gate.useEvents(5_000)).isTrue();
      rig.sampler.cutIfAny();
      assertThat(rig.count("evaluation.corrections")).isZero();
      rig.commit();

      assertThat(rig.count("evaluation.corrections")).isEqualTo(1);
      assertThat(rig.count("events.evaluated")).isEqualTo(1);
      assertThat(rig.count("events.sampled")).isEqualTo(2);
      List<MiniBatch.Draws> draws = rig.committed().stream().map(MiniBatch::draws).toList();
      assertThat(draws)
          .anySatisfy(
              drawn -> {
                assertThat(drawn.labels()).containsOnly(2);
                assertThat(drawn.replaces()).containsOnly(0);
                assertThat(drawn.sourceOffset()).containsOnly(1);
              });
    }
  }

  /** As for the counter: the joiner alone writes that header. */
  @Test
  void aCorrectionOfNoClassEndsTheSampler() {
    try (SamplerRig rig = new SamplerRig(1, LABELS_LATER, 90, 9, 1)) {
      rig.feed(0, UNLABELLED, labelled("rare", "scarce"));

      assertThatThrownBy(() -> rig.gate.useEvents(5_000))
          .isInstanceOf(InvariantException.class)
          .hasMessageContaining("header 'cw.replaces'")
          .hasMessageContaining("one of common, seldom, rare, found 'scarce'");
    }
  }

  private static RecordHeaders labelled(String label, @Nullable String replaces) {
    RecordHeaders headers = new RecordHeaders();
    LetterHeaders.put(headers, LabelledHeaders.LABEL, label);
    LetterHeaders.put(headers, LabelledHeaders.EVENT_TIME, "1234");
    if (replaces != null) {
      LetterHeaders.put(headers, LabelledHeaders.REPLACES, replaces);
    }
    return headers;
  }

  @Test
  void accountsStartAtZeroWhereAPartitionIsOnlyLost() {
    long afterALoss = drawsOfTheRareClass(true);
    long without = drawsOfTheRareClass(false);
    // What 20 events owed the class while its memory was empty, and later paid at once.
    assertThat(without - afterALoss).isBetween(15L, 25L);
  }

  /** Draws that a class gets of its first event, after events of another. */
  private static long drawsOfTheRareClass(boolean lose) {
    try (SamplerRig rig = new SamplerRig(2, Map.of("sampler.record.draws", "64"), 50, 30, 20)) {
      rig.feed(0, 30, COMMON);
      rig.gate.useEvents(5_000);
      rig.commit();
      if (lose) {
        rig.letGo(1);
      }
      rig.feed(0, 1, RARE);
      rig.gate.useEvents(5_000);
      rig.commit();
      return rig.committed().stream()
          .flatMapToLong(batch -> Arrays.stream(batch.draws().labels()))
          .filter(label -> label == 2)
          .count();
    }
  }
}
