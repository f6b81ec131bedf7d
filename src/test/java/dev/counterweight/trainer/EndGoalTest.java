package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatch.Origin;
import dev.counterweight.protocol.RunEnd;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EndGoalTest {
  private static final boolean EXHAUSTED = true;
  private static final long BATCHES = 7;
  private static final long BEFORE = 6;

  private final Progress progress = new Progress(3);

  @Test
  void theEndIsWhereEverySpanReachesItsMark() {
    EndGoal goal =
        new EndGoal(Map.of(0, 0L, 1, 0L), new RunEnd(new TreeMap<>(Map.of(0, 5L, 1, 5L)), BATCHES));

    trainOn(Map.of(0, 5L, 1, 4L), Map.of(0, 5L, 1, 5L));
    assertThat(goal.reached(progress, BEFORE, !EXHAUSTED)).isFalse();
    trainOn(Map.of(1, 5L), Map.of(0, 5L, 1, 5L));
    assertThat(goal.reached(progress, BEFORE, !EXHAUSTED)).isTrue();
  }

  @Test
  void deletedEventsAreNotDoneWhileBatchRecordsMayStillCoverThem() {
    EndGoal goal = new EndGoal(Map.of(0, 5L), new RunEnd(new TreeMap<>(Map.of(0, 5L)), BATCHES));

    trainOn(Map.of(0, 1L), Map.of(0, 5L));

    assertThat(goal.reached(progress, BEFORE, !EXHAUSTED)).isFalse();
    assertThat(goal.reached(progress, BEFORE, EXHAUSTED)).isTrue();
  }

  @Test
  void ofAPartitionEmptiedBeforeItWasSampledNoSpanIsWaitedForOnceTheLogIsExhausted() {
    EndGoal goal =
        new EndGoal(Map.of(0, 0L, 1, 9L), new RunEnd(new TreeMap<>(Map.of(0, 5L, 1, 9L)), BATCHES));

    trainOn(Map.of(0, 5L), Map.of(0, 5L, 1, 9L));

    assertThat(goal.reached(progress, BEFORE, !EXHAUSTED)).isFalse();
    assertThat(goal.reached(progress, BEFORE, EXHAUSTED)).isTrue();
  }

  @Test
  void anExhaustedLogIsNotTheEndWhileEventsRemain() {
    EndGoal goal = new EndGoal(Map.of(0, 3L), new RunEnd(new TreeMap<>(Map.of(0, 5L)), BATCHES));

    trainOn(Map.of(0, 4L), Map.of(0, 5L));

    assertThat(goal.reached(progress, BEFORE, EXHAUSTED)).isFalse();
  }

  @Test
  void anEarlierRunsMarkIsNoEnd() {
    EndGoal goal = new EndGoal(Map.of(0, 0L), new RunEnd(new TreeMap<>(Map.of(0, 6L)), BATCHES));

    trainOn(Map.of(0, 5L), Map.of(0, 5L));

    assertThat(goal.reached(progress, BEFORE, EXHAUSTED)).isFalse();
    assertThat(EndGoal.NONE.reached(progress, BEFORE, EXHAUSTED)).isFalse();
  }

  @Test
  void theMarkOfARecordWrittenSinceTheStartIsOneThoughEventsCameBeforeThisRunLooked() {
    EndGoal goal =
        new EndGoal(Map.of(0, 0L, 1, 0L), new RunEnd(new TreeMap<>(Map.of(0, 6L, 1, 0L)), BATCHES));
    assertThat(goal.reached(progress, BATCHES, EXHAUSTED)).isFalse();

    trainOn(Map.of(0, 4L), Map.of(0, 5L));
    assertThat(goal.reached(progress, BATCHES, !EXHAUSTED)).isFalse();
    trainOn(Map.of(0, 5L), Map.of(0, 5L));
    assertThat(goal.reached(progress, BATCHES, !EXHAUSTED)).isTrue();
  }

  private void trainOn(Map<Integer, Long> to, Map<Integer, Long> end) {
    MiniBatch like = TrainerJob.batch(0);
    TreeMap<Integer, Span> spans = new TreeMap<>();
    to.forEach((partition, offset) -> spans.put(partition, new Span(0, offset)));
    progress.add(
        Batches.with(
            like,
            like.draws(),
            like.evaluation(),
            new Origin(
                "any",
                1,
                spans,
                new TreeMap<>(end),
                0,
                1,
                new StreamIdentity("cluster-1", "topic-1"),
                null)));
  }
}
