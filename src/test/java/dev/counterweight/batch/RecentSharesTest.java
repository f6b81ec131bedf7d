package dev.counterweight.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RecentSharesTest {
  private static final Schema SCHEMA = Schema.ofNumbers(List.of("a"), "y", List.of("ok", "fraud"));
  private static final MiniBatchRules RULES = new MiniBatchRules(SCHEMA.layout(), 2, true);
  private static final float[] ROW = {1, 0, 0.75f, 0.25f, 0.5f, 0.5f};
  private static final float[] OTHER = {0, 1, 0.25f, 0.75f, 0.5f, 0.5f};

  @Test
  void theyComeBackEachWithItsPartition() {
    MiniBatch batch = batch(recent(ROW, Map.of(2, ROW, 10, OTHER)));

    byte[] bytes = MiniBatchFormat.write(batch, 1);
    RecentShares back = MiniBatchFormat.read(bytes).recent();

    assertThat(back).usingRecursiveComparison().isEqualTo(batch.recent());
    assertThat(MiniBatchFormat.write(MiniBatchFormat.read(bytes), 1)).isEqualTo(bytes);
    SafeTensors file = SafeTensors.parse(bytes);
    assertThat(file.tensor("eval_recent").shape()).containsExactly(1L, 3L, 2L);
    assertThat(file.tensor("recent").shape()).containsExactly(2L, 3L, 2L);
  }

  @Test
  void aRecordThatTellsNoneHasTheBytesOfOneThatCannot() {
    byte[] bytes = MiniBatchFormat.write(batch(RecentShares.NONE), 1);

    assertThat(SafeTensors.parse(bytes).tensors().keySet()).noneMatch(n -> n.contains("recent"));
    assertThat(MiniBatchFormat.read(bytes).recent().told()).isFalse();
  }

  @Test
  void aRecordThatTellsNoneIsRefusedWhereTheyAreUsed() {
    assertThatThrownBy(() -> RULES.require(batch(RecentShares.NONE)))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("its sampler ran without events.recent.labels=true");
    assertThatCode(() -> RULES.require(batch(recent(ROW, Map.of(2, ROW, 10, OTHER)))))
        .doesNotThrowAnyException();
  }

  @Test
  void whereTheyAreNotUsedWhatIsToldOfThemIsNothingToLookAt() {
    MiniBatchRules without = new MiniBatchRules(SCHEMA.layout(), 2, false);

    assertThatCode(() -> without.require(batch(recent(new float[] {7}, Map.of(3, ROW)))))
        .doesNotThrowAnyException();
  }

  @Test
  void sharesThatAreNoneAreNeitherWrittenNorRead() {
    refused(recent(new float[5], Map.of(2, ROW, 10, OTHER)), "5 values: must be 6");
    refused(recent(ROW, Map.of(2, ROW)), "after partitions [2]: must be of [2, 10]");
    refused(recent(ROW, Map.of(2, ROW, 10, new float[2])), "partition 10 2 values: must be 6");
    float[] more = ROW.clone();
    more[3] = 0.5f;
    refused(recent(more, Map.of(2, ROW, 10, OTHER)), "add up to 1.25");
    float[] negative = {2, -1, 1, 0, 1, 0};
    refused(recent(ROW, Map.of(2, ROW, 10, negative)), "add up to NaN");
  }

  @Test
  void aClassThatWasAddedSinceHadNoneOfTheLabels() {
    Schema grown = Schema.ofNumbers(List.of("a"), "y", List.of("ok", "fraud", "late"));

    RecentShares read = batch(recent(ROW, Map.of(2, ROW, 10, OTHER))).readUnder(grown).recent();

    assertThat(read.before()).containsExactly(1, 0, 0, 0.75f, 0.25f, 0, 0.5f, 0.5f, 0);
    assertThat(read.after().get(10)).containsExactly(0, 1, 0, 0.25f, 0.75f, 0, 0.5f, 0.5f, 0);
  }

  private static void refused(RecentShares recent, String why) {
    assertThatThrownBy(() -> RULES.require(batch(recent)))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining(why);
    assertThatThrownBy(() -> RULES.requirePromises(batch(recent)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining(why);
  }

  private static RecentShares recent(float[] before, Map<Integer, float[]> after) {
    return new RecentShares(before, new TreeMap<>(after));
  }

  private static MiniBatch batch(RecentShares recent) {
    return new MiniBatch(
        Batches.NO_DRAWS,
        new MiniBatch.EvaluationSlice(
            new float[1], new long[1], new float[] {1}, new int[] {2}, new long[] {3}),
        MiniBatch.Known.nothing(2),
        new float[] {0.5f, 0.5f},
        new float[] {1, 1},
        new float[] {1, 1},
        new MiniBatch.Origin(
            "fraud",
            7,
            new TreeMap<>(Map.of(2, new Span(3, 9), 10, new Span(5, 5))),
            new TreeMap<>(),
            100,
            200,
            new StreamIdentity("cluster", "topic"),
            SCHEMA),
        recent);
  }
}
