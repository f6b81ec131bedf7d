package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.learning.Learner;
import dev.counterweight.learning.Normalizer;
import dev.counterweight.learning.StepResult;
import dev.counterweight.learning.TestDevice;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

public class TestThenTrainTest {
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;
  private static final int BATCH = 8;

  @Test
  void theSliceIsScoredBeforeTheModelSeesTheRecord() {
    List<float[]> scores = new ArrayList<>();
    MiniBatch record = record(1, 40, 6);
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      TestThenTrain loop = loop(learner, scores);
      loop.train(record);
      float[] before = learner.logits(record.evaluation().features(), 6);
      loop.train(record);

      assertThat(scores.get(1)).isEqualTo(before);
      assertThat(learner.logits(record.evaluation().features(), 6)).isNotEqualTo(before);
    }
  }

  @Test
  void stepsTakeExactBatchesAndTheRestWaits() {
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      TestThenTrain loop = loop(learner, new ArrayList<>());

      assertThat(loop.train(record(1, 7, 2)).steps()).isZero();
      assertThat(loop.train(record(2, 10, 2)).steps()).isEqualTo(2);
      assertThat(loop.train(record(3, 7, 2)).steps()).isEqualTo(1);

      assertThat(learner.steps()).isEqualTo(3);
      assertThat(new SafeTensors(loop.state(), new TreeMap<>()).tensor("pending.labels").shape())
          .containsExactly(0L);
    }
  }

  @Test
  void howRecordsAreCutDoesNotChangeTheSteps() {
    MiniBatch whole = record(5, 32, 3);
    try (Learner once = learner(OptimizerConfig.Kind.ADAM, 1);
        Learner pieces = learner(OptimizerConfig.Kind.ADAM, 1)) {
      loop(once, new ArrayList<>()).train(whole);
      TestThenTrain loop = loop(pieces, new ArrayList<>());
      loop.train(part(whole, 0, 13, true));
      loop.train(part(whole, 13, 32, false));

      assertThat(bytes(pieces.model())).isEqualTo(bytes(once.model()));
    }
  }

  @ParameterizedTest
  @EnumSource(OptimizerConfig.Kind.class)
  void aResumedRunIsByteIdenticalToOneNeverInterrupted(OptimizerConfig.Kind optimizer) {
    assertResumes(config(optimizer, TestDevice.NAME));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loss=focal, model.activation=gelu",
        "loss=logit-adjusted, weights.formula=none, loss.label.smoothing=0.1",
        "loss=ldam, model.activation=silu, schedule=step, schedule.steps=20",
        "weights.formula=batch, model.activation=tanh",
        "model.dropout=0.3, schedule=cosine, schedule.steps=100, schedule.warmup.steps=10",
        "optimizer=sgd, momentum=0.9, nesterov=true, schedule=warm-up, schedule.warmup.steps=50",
        "model=linear, loss.reduction=mean",
      })
  void aResumedRunIsByteIdenticalWhateverIsConfigured(String settings) {
    Map<String, String> values = new HashMap<>();
    values.put("device", TestDevice.NAME);
    values.put("batch.size", String.valueOf(BATCH));
    for (String setting : settings.split(", ")) {
      values.put(setting.split("=")[0], setting.split("=")[1]);
    }
    assertResumes(TrainerSettings.of(values));
  }

  private static void assertResumes(TrainerConfig config) {
    try (Learner straight = new Learner(config, FEATURES, CLASSES, 1)) {
      TestThenTrain loop = loop(straight, new ArrayList<>());
      for (int r = 0; r < 60; r++) {
        loop.train(record(r, 21, 4));
      }
      SavedRun saved;
      try (Learner first = new Learner(config, FEATURES, CLASSES, 1)) {
        TestThenTrain half = loop(first, new ArrayList<>());
        for (int r = 0; r < 31; r++) {
          half.train(record(r, 21, 4));
        }
        saved = new SavedRun(first.model(), first.optimizer(), half.state());
      }
      try (Learner second = new Learner(config, FEATURES, CLASSES, 1)) {
        TestThenTrain rest = loop(second, new ArrayList<>());
        second.restore(saved.model(), saved.optimizer(), saved.state());
        rest.restore(saved.state());
        for (int r = 31; r < 60; r++) {
          rest.train(record(r, 21, 4));
        }

        assertThat(bytes(second.model())).isEqualTo(bytes(straight.model()));
        assertThat(bytes(second.optimizer())).isEqualTo(bytes(straight.optimizer()));
        assertThat(bytes(rest.state())).isEqualTo(bytes(loop.state()));
      }
    }
  }

  @Test
  void aModelOfAnotherShapeIsRefusedWithBothShapes() {
    try (Learner small = learner(OptimizerConfig.Kind.ADAM, 1);
        Learner wide =
            new Learner(
                config(OptimizerConfig.Kind.ADAM, TestDevice.NAME), FEATURES + 1, CLASSES, 1)) {
      assertThatThrownBy(() -> wide.restore(small.model(), small.optimizer(), small.state()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("tensor '0.weight' has shape [16, 10]: this model needs [16, 12]");
    }
  }

  @Test
  void aRecordOfAnotherWidthIsRefused() {
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      TestThenTrain loop =
          new TestThenTrain(learner, (batch, logits) -> {}, BATCH, FEATURES + 1, CLASSES);
      assertThatThrownBy(() -> loop.train(record(1, 8, 1)))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessageContaining("this job's 6 features");
    }
  }

  @Test
  void aLabelThatIsNoClassIsRefusedBeforeAnythingChanges() {
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      MiniBatch record = record(1, 8, 1);
      record.draws().labels()[7] = CLASSES;

      assertThatThrownBy(() -> loop(learner, new ArrayList<>()).train(record))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessageContaining("label 3: this job's classes are 0 to 2");
      assertThat(learner.normalizer().primed()).isFalse();
    }
  }

  @Test
  void drawsThatPrimeTheNormalizerAreWeightedBackToTheStream() {
    MiniBatch drawn = part(record(1, 4, 1), 0, 4, false);
    float[] features = drawn.draws().features();
    java.util.Arrays.fill(features, 0);
    java.util.Arrays.fill(features, 3 * FEATURES, 4 * FEATURES, 8);
    System.arraycopy(new long[] {0, 0, 0, 1}, 0, drawn.draws().labels(), 0, 4);
    drawn.uses()[0] = 0.5f;
    drawn.uses()[1] = 2;
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      loop(learner, new ArrayList<>()).train(drawn);

      // Weights 2, 2, 2 and 1/2: 8 x 0.5 / 6.5.
      assertThat(
              new SafeTensors(learner.normalizer().parameters(), new TreeMap<>())
                  .floats("normalizer.mean")[0])
          .isCloseTo(4 / 6.5f, within(1e-6f));
    }
  }

  @Test
  void aLossThatIsNotFiniteChangesNothing() {
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      byte[] before = bytes(learner.model());

      float[] weights = new float[BATCH];
      java.util.Arrays.fill(weights, Float.POSITIVE_INFINITY);

      StepResult result =
          learner.step(new float[BATCH * FEATURES], new long[BATCH], weights, 0, BATCH);

      assertThat(result.skipped()).isTrue();
      assertThat(bytes(learner.model())).isEqualTo(before);
      assertThat(learner.steps()).isZero();
    }
  }

  @Test
  void theGradientIsClippedByItsNorm() {
    try (Learner learner = learner(OptimizerConfig.Kind.SGD, 1)) {
      float[] before = new SafeTensors(learner.model(), new TreeMap<>()).floats("0.bias").clone();
      float[] heavy = new float[BATCH];
      java.util.Arrays.fill(heavy, 1e6f);
      MiniBatch record = record(1, BATCH, 1);

      StepResult result =
          learner.step(record.draws().features(), record.draws().labels(), heavy, 0, BATCH);

      float[] after = new SafeTensors(learner.model(), new TreeMap<>()).floats("0.bias");
      double moved = 0;
      for (int i = 0; i < after.length; i++) {
        moved += (after[i] - before[i]) * (double) (after[i] - before[i]);
      }
      assertThat(result.gradientNorm()).isGreaterThan(1e3);
      assertThat(Math.sqrt(moved)).isPositive().isLessThanOrEqualTo(0.003 * 1.001);
    }
  }

  @Test
  void theNormalizerFollowsTheWeightedStream() {
    Normalizer normalizer = new Normalizer(2);
    normalizer.update(new float[] {1, 5, 4, 5}, new float[] {3, 1}, 2);
    normalizer.update(new float[] {2, 5}, new float[] {4}, 1);

    var parameters = new SafeTensors(normalizer.parameters(), new TreeMap<>());
    double mean = (3 * 1 + 4 + 4 * 2) / 8.0;
    double variance =
        (3 * (1 - mean) * (1 - mean) + (4 - mean) * (4 - mean) + 4 * (2 - mean) * (2 - mean)) / 8;
    assertThat(parameters.floats("normalizer.mean")[0]).isCloseTo((float) mean, within(1e-6f));
    assertThat(parameters.floats("normalizer.std")[0])
        .isCloseTo((float) Math.sqrt(variance), within(1e-6f));
    assertThat(parameters.floats("normalizer.std")[1]).isEqualTo(1);
  }

  @Test
  void columnsInTinyUnitsAreStandardisedAndConstantOnesOnlyCentred() {
    Normalizer normalizer = new Normalizer(2);
    normalizer.update(new float[] {1e-12f, 1e6f, 3e-12f, 1e6f}, new float[] {1, 1}, 2);

    var parameters = new SafeTensors(normalizer.parameters(), new TreeMap<>());
    assertThat(parameters.floats("normalizer.std")[0]).isCloseTo(1e-12f, within(1e-15f));
    assertThat(parameters.floats("normalizer.std")[1]).isEqualTo(1);
  }

  private record SavedRun(
      SortedMap<String, Tensor> model,
      SortedMap<String, Tensor> optimizer,
      SortedMap<String, Tensor> state) {}

  private static Learner learner(OptimizerConfig.Kind optimizer, long seed) {
    return new Learner(config(optimizer, TestDevice.NAME), FEATURES, CLASSES, seed);
  }

  private static TestThenTrain loop(Learner learner, List<float[]> scores) {
    return new TestThenTrain(
        learner, (batch, logits) -> scores.add(logits), BATCH, FEATURES, CLASSES);
  }

  public static TrainerConfig config(OptimizerConfig.Kind optimizer, String device) {
    return TrainerSettings.of(
        Map.of(
            "model.hidden",
            "16,8",
            "batch.size",
            String.valueOf(BATCH),
            "optimizer",
            optimizer.name().toLowerCase(Locale.ROOT),
            "momentum",
            optimizer == OptimizerConfig.Kind.SGD ? "0.9" : "0",
            "weight.decay",
            "0.01",
            "device",
            device));
  }

  private static byte[] bytes(SortedMap<String, Tensor> tensors) {
    return new SafeTensors(tensors, new TreeMap<>()).toBytes();
  }

  private static MiniBatch record(long seed, int draws, int evaluated) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[evaluated];
    java.util.Arrays.fill(weights, 2);
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
            new long[evaluated]),
        MiniBatch.Known.nothing(CLASSES),
        new float[CLASSES],
        new float[CLASSES],
        new float[CLASSES],
        new MiniBatch.Origin("job", 1, new TreeMap<>(), new TreeMap<>(), 0, 0, "c", "t", null));
  }

  private static MiniBatch part(MiniBatch whole, int from, int to, boolean evaluated) {
    MiniBatch.Draws d = whole.draws();
    int n = to - from;
    return new MiniBatch(
        new MiniBatch.Draws(
            java.util.Arrays.copyOfRange(d.features(), from * FEATURES, to * FEATURES),
            java.util.Arrays.copyOfRange(d.labels(), from, to),
            java.util.Arrays.copyOfRange(d.lossWeight(), from, to),
            new int[n],
            new long[n],
            new byte[n]),
        evaluated
            ? whole.evaluation()
            : new MiniBatch.EvaluationSlice(
                new float[0], new long[0], new float[0], new int[0], new long[0]),
        whole.known(),
        whole.prior(),
        whole.classWeight(),
        whole.uses(),
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
