package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import dev.counterweight.trainer.TrainerSettings;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LearnerTest {
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;
  private static final int BATCH = 8;

  @Test
  void aModelOfAnotherShapeIsRefusedWithBothShapes() {
    try (Learner small = learner(OptimizerConfig.Kind.ADAM, 1);
        Learner wide =
            new Learner(
                config(OptimizerConfig.Kind.ADAM, TestDevice.NAME),
                Numbers.of(FEATURES + 1),
                CLASSES,
                1)) {
      assertThatThrownBy(() -> wide.check(small.model(), small.optimizer(), small.state()))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessage("tensor '0.weight' is F32[16, 10] and must be F32[16, 12]");
    }
  }

  @Test
  void aLossThatIsNotFiniteChangesNothing() {
    try (Learner learner = learner(OptimizerConfig.Kind.ADAM, 1)) {
      byte[] before = bytes(learner.model());

      float[] weights = new float[BATCH];
      Arrays.fill(weights, Float.POSITIVE_INFINITY);

      StepResult result =
          learner.step(new float[BATCH * FEATURES], new long[BATCH], weights, 0, BATCH);

      assertThat(result.skipped()).isTrue();
      assertThat(bytes(learner.model())).isEqualTo(before);
      assertThat(learner.steps()).isZero();
    }
  }

  @Test
  void warmUpGrowsEvenlyToTheFullRateAndStays() {
    assertThat(Learner.warmedUp(0, 4)).isEqualTo(0.25);
    assertThat(Learner.warmedUp(2, 4)).isEqualTo(0.75);
    assertThat(Learner.warmedUp(3, 4)).isEqualTo(1);
    assertThat(Learner.warmedUp(1_000_000, 4)).isEqualTo(1);
  }

  @Test
  void theGradientIsClippedByItsNorm() {
    try (Learner learner = learner(OptimizerConfig.Kind.SGD, 1)) {
      float[] before = new SafeTensors(learner.model()).floats("0.bias").clone();
      float[] heavy = new float[BATCH];
      Arrays.fill(heavy, 1e6f);

      StepResult result = learner.step(features(1), labels(1), heavy, 0, BATCH);

      float[] after = new SafeTensors(learner.model()).floats("0.bias");
      double moved = 0;
      for (int i = 0; i < after.length; i++) {
        moved += (after[i] - before[i]) * (double) (after[i] - before[i]);
      }
      assertThat(result.gradientNorm()).isGreaterThan(1e3);
      assertThat(Math.sqrt(moved)).isPositive().isLessThanOrEqualTo(0.003 * 1.001);
    }
  }

  static TrainerConfig config(OptimizerConfig.Kind optimizer, String device) {
    return TrainerSettings.of(
        Map.of(
            "model.rates",
            "1",
            "model.average",
            "0",
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

  private static Learner learner(OptimizerConfig.Kind optimizer, long seed) {
    return new Learner(config(optimizer, TestDevice.NAME), Numbers.of(FEATURES), CLASSES, seed);
  }

  private static byte[] bytes(SortedMap<String, Tensor> tensors) {
    return new SafeTensors(tensors).toBytes();
  }

  private static float[] features(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[BATCH * FEATURES];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() * 10 - 3;
    }
    return values;
  }

  private static long[] labels(long seed) {
    return new SplittableRandom(seed).longs(BATCH, 0, CLASSES).toArray();
  }
}
