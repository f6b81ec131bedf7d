package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.MalformedTensorsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done with each record, and in which order. */
class TestThenTrainTest {
  private static final int FEATURES = 4;
  private static final int CLASSES = 3;
  private static final int BATCH = 8;

  @Test
  void theSliceIsScoredBeforeTheModelSeesTheRecord() {
    List<double[]> scored = new ArrayList<>();
    MiniBatch record = record(1, 40, 6);
    try (TrainingRun run =
        new TrainingRun(job().ofOneNetwork().config(), p -> scored.add(p.raw().clone()))) {
      run.train(record);
      scored.clear();
      float[] before = run.logits(record.evaluation().features());
      run.train(record);

      assertThat(scored).hasSize(6);
      for (int row = 0; row < 6; row++) {
        double odds = Math.exp((double) before[row * CLASSES] - before[row * CLASSES + 1]);
        assertThat(scored.get(row)[0] / scored.get(row)[1]).isCloseTo(odds, withinPercentage(1e-6));
      }
      assertThat(run.logits(record.evaluation().features())).isNotEqualTo(before);
    }
  }

  @Test
  void stepsTakeExactBatchesAndTheRestWaits() {
    try (TrainingRun run = new TrainingRun(job().config())) {
      assertThat(run.train(record(1, 7, 2)).steps()).isZero();
      assertThat(run.train(record(2, 10, 2)).steps()).isEqualTo(2);
      assertThat(run.train(record(3, 7, 2)).steps()).isEqualTo(1);

      assertThat(run.steps()).isEqualTo(3);
      assertThat(TrainingRuns.file(run, "state.safetensors").tensor("pending.labels").shape())
          .containsExactly(0L);
    }
  }

  @Test
  void howRecordsAreCutDoesNotChangeTheSteps() {
    MiniBatch whole = record(5, 32, 3);
    try (TrainingRun once = new TrainingRun(job().config());
        TrainingRun pieces = new TrainingRun(job().config())) {
      once.train(whole);
      pieces.train(part(whole, 0, 13, true));
      pieces.train(part(whole, 13, 32, false));

      assertThat(pieces.files().get("model.safetensors"))
          .isEqualTo(once.files().get("model.safetensors"));
    }
  }

  @ParameterizedTest
  @EnumSource(OptimizerConfig.Kind.class)
  void aResumedRunIsByteIdenticalToOneNeverInterrupted(OptimizerConfig.Kind optimizer) {
    assertResumes(
        job()
            .with("optimizer", optimizer.name().toLowerCase(Locale.ROOT))
            .with("momentum", optimizer == OptimizerConfig.Kind.SGD ? "0.9" : "0")
            .with("weight.decay", "0.01"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loss=focal model.activation=gelu",
        "loss=logit-adjusted weights.formula=none loss.label.smoothing=0.1",
        "loss=ldam model.activation=silu schedule=warm-up schedule.warmup.steps=20",
        "weights.formula=batch model.activation=tanh",
        "model.dropout=0.3 schedule.warmup.steps=10",
        "optimizer=sgd momentum=0.9 nesterov=true schedule=warm-up schedule.warmup.steps=50",
        "model=linear loss.reduction=mean",
      })
  void aResumedRunIsByteIdenticalWhateverIsConfigured(String settings) {
    TrainerJob job = settings.contains("model=linear") ? job().without("model.hidden") : job();
    job.withAll(settings);
    assertResumes(job);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimizer=adam",
        "optimizer=adamw weight.decay=0.01 model.dropout=0.3",
        "optimizer=sgd momentum=0.9",
        "model=linear gradient.clip=0.1",
        "model.quantiles=0 schedule=warm-up schedule.warmup.steps=50",
      })
  void aResumedRunWithEmbeddingsIsByteIdenticalToOneNeverInterrupted(String settings) {
    TrainerJob job = settings.contains("model=linear") ? job().without("model.hidden") : job();
    job.withAll(settings);
    assertResumes(job.with(DeclaredFeatures.ALL), DeclaredFeatures::batch);
  }

  private static void assertResumes(TrainerJob job) {
    assertResumes(job, number -> record(number, 21, 4));
  }

  private static void assertResumes(TrainerJob job, IntFunction<MiniBatch> records) {
    SortedMap<String, byte[]> saved;
    try (TrainingRun first = new TrainingRun(job.config())) {
      TrainingRuns.train(first, records, 0, 31);
      saved = first.files();
    }
    try (TrainingRun straight = new TrainingRun(job.config());
        TrainingRun second = new TrainingRun(job.config())) {
      TrainingRuns.train(straight, records, 0, 60);
      second.restore("any", saved);
      TrainingRuns.train(second, records, 31, 60);

      TrainingRuns.assertSaves(second, straight.files());
    }
  }

  @Test
  void aRecordOfAnotherWidthIsRefused() {
    JobConfig wider = job().with("events.features", "v,w,x,y,z").config();
    try (TrainingRun run = new TrainingRun(wider)) {
      assertThatThrownBy(() -> run.train(record(1, 8, 1)))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessageContaining("this job's 5 columns");
    }
  }

  @Test
  void aLabelThatIsNoClassIsRefusedBeforeAnythingChanges() {
    try (TrainingRun run = new TrainingRun(job().config())) {
      SortedMap<String, byte[]> before = run.files();
      MiniBatch record = record(1, 8, 1);
      record.draws().labels()[7] = CLASSES;

      assertThatThrownBy(() -> run.train(record))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessageContaining("label 3: this job's classes are 0 to 2");
      TrainingRuns.assertSaves(run, before);
    }
  }

  @Test
  void drawsThatPrimeTheNormalizerAreWeightedBackToTheStream() {
    MiniBatch drawn = part(record(1, 4, 1), 0, 4, false);
    float[] features = drawn.draws().features();
    Arrays.fill(features, 0);
    Arrays.fill(features, 3 * FEATURES, 4 * FEATURES, 8);
    System.arraycopy(new long[] {0, 0, 0, 1}, 0, drawn.draws().labels(), 0, 4);
    drawn.uses()[0] = 0.5f;
    drawn.uses()[1] = 2;
    try (TrainingRun run = new TrainingRun(job().config())) {
      run.train(drawn);

      // Weights 2, 2, 2 and 1/2: 8 x 0.5 / 6.5.
      assertThat(TrainingRuns.file(run, "model.safetensors").floats("normalizer.mean")[0])
          .isCloseTo(4 / 6.5f, within(1e-6f));
    }
  }

  private static TrainerJob job() {
    return new TrainerJob("localhost:1", "any", Path.of("unused"))
        .with("batch.size", String.valueOf(BATCH));
  }

  private static MiniBatch record(long seed, int draws, int evaluated) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[evaluated];
    Arrays.fill(weights, 2);
    float[] lossWeights = new float[draws];
    for (int i = 0; i < draws; i++) {
      lossWeights[i] = random.nextFloat() * 2;
    }
    return new MiniBatch(
        new MiniBatch.Draws(
            floats(random, draws * FEATURES),
            labels(random, draws),
            lossWeights,
            new int[draws],
            new long[draws],
            new byte[draws]),
        new MiniBatch.EvaluationSlice(
            floats(random, evaluated * FEATURES),
            labels(random, evaluated),
            weights,
            new int[evaluated],
            LongStream.range(0, evaluated).toArray()),
        MiniBatch.Known.nothing(CLASSES),
        new float[CLASSES],
        new float[CLASSES],
        new float[CLASSES],
        new MiniBatch.Origin(
            "job",
            1,
            new TreeMap<>(Map.of(0, new Span(0, evaluated))),
            new TreeMap<>(),
            0,
            0,
            new StreamIdentity("c", "t"),
            null));
  }

  private static MiniBatch part(MiniBatch whole, int from, int to, boolean evaluated) {
    MiniBatch.Draws d = whole.draws();
    int n = to - from;
    return Batches.with(
        whole,
        new MiniBatch.Draws(
            Arrays.copyOfRange(d.features(), from * FEATURES, to * FEATURES),
            Arrays.copyOfRange(d.labels(), from, to),
            Arrays.copyOfRange(d.lossWeight(), from, to),
            new int[n],
            new long[n],
            new byte[n]),
        evaluated ? whole.evaluation() : Batches.NO_ROWS,
        whole.origin());
  }

  private static float[] floats(SplittableRandom random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextFloat() * 10 - 3;
    }
    return values;
  }

  private static long[] labels(SplittableRandom random, int n) {
    long[] values = new long[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(CLASSES);
    }
    return values;
  }
}
