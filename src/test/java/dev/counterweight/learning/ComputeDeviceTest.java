package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.trainer.TrainerSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComputeDeviceTest {
  private static final int FEATURES = 6;
  private static final int CLASSES = 3;
  private static final int ROWS = 64;
  private static final int STEPS = 100;

  @Test
  void theCpuIsTakenWhenAskedFor() {
    assertThat(ComputeDevice.of("cpu")).isEqualTo(Device.cpu());
  }

  @Test
  void withoutGpuAutoIsTheCpuAndAskingForOneIsRefused() {
    assumeFalse(cuda(), "there is a GPU");
    assertThat(ComputeDevice.of("auto")).isEqualTo(Device.cpu());
    for (String name : new String[] {"gpu", "gpu:0", "gpu:3"}) {
      assertThatThrownBy(() -> ComputeDevice.of(name))
          .isInstanceOf(FailureException.class)
          .hasMessageStartingWith("device=" + name + ": PyTorch finds no GPU; set device=auto");
    }
  }

  @Test
  void withGpuAutoTakesTheFirstAndOneThatIsNotThereIsRefused() {
    assumeTrue(cuda(), "there is no GPU");
    assertThat(ComputeDevice.of("auto")).isEqualTo(Device.gpu(0));
    assertThat(ComputeDevice.of("gpu")).isEqualTo(Device.gpu(0));
    // PyTorch's numbers are a byte: 256 would be taken for 0.
    for (String name : new String[] {"gpu:100", "gpu:256"}) {
      assertThatThrownBy(() -> ComputeDevice.of(name))
          .isInstanceOf(FailureException.class)
          .hasMessageStartingWith("device=" + name + ": ");
    }
  }

  /** Trivial on a CPU: a GPU is to do the same up to rounding. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimizer=adam",
        "optimizer=adam, weight.decay=0.01, gradient.clip=0",
        "optimizer=adamw, weight.decay=0.01, model.activation=leaky-relu",
        "optimizer=sgd, learning.rate=0.05",
        "optimizer=sgd, momentum=0.9, weight.decay=0.001, model.activation=tanh",
        "optimizer=sgd, momentum=0.9, nesterov=true, model.activation=sigmoid",
        "loss=focal, model.activation=gelu",
        "loss=logit-adjusted, weights.formula=none, loss.label.smoothing=0.1",
        "loss=ldam, model.activation=silu",
        "weights.formula=batch, loss.reduction=mean",
        "model.dropout=0.3, schedule.warmup.steps=10",
        "model=linear, loss.reduction=sum, learning.rate=0.0003",
        "model.quantiles=0",
      })
  void trainsAsOnTheCpu(String settings) {
    Difference difference = difference(settings, TestDevice.NAME);

    assertThat(difference.loss()).as("relative, of a step's loss").isLessThan(1e-3);
    assertThat(difference.score()).as("of a row's scores afterwards").isLessThan(1e-2);
  }

  @Test
  void aModelTrainedThereScoresAlikeOnTheCpu() {
    try (Learner there =
            new Learner(config("", TestDevice.NAME), Numbers.of(FEATURES), CLASSES, 1);
        Learner here = new Learner(config("", "cpu"), Numbers.of(FEATURES), CLASSES, 2)) {
      for (int s = 0; s < STEPS; s++) {
        step(there, s);
      }
      here.check(there.model(), there.optimizer(), there.state()).run();

      float[] rows = rows(STEPS);
      assertThat(here.logits(rows, ROWS)).containsExactly(there.logits(rows, ROWS), within(1e-4f));
      assertThat(step(here, STEPS).loss()).isCloseTo(step(there, STEPS).loss(), within(1e-4));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "model=linear"})
  void embeddingsAreTrainedThereAsOnTheCpu(String settings) {
    FeatureSchema layout = Numbers.andCategory(FEATURES - 1);
    try (Learner there = new Learner(config(settings, TestDevice.NAME), layout, CLASSES, 1);
        Learner here = new Learner(config(settings, "cpu"), layout, CLASSES, 1)) {
      for (int s = 0; s < STEPS; s++) {
        float[] rows = withCategory(rows(s));
        double expected = step(here, s, rows).loss();
        assertThat(step(there, s, rows).loss()).isCloseTo(expected, within(1e-3 * expected));
      }
      float[] expected = new SafeTensors(here.model()).floats("embedding.c.weight");
      float[] actual = new SafeTensors(there.model()).floats("embedding.c.weight");
      assertThat(actual).containsExactly(expected, within(1e-3f));
    }
  }

  private static float[] withCategory(float[] rows) {
    for (int i = FEATURES - 1; i < rows.length; i += FEATURES) {
      rows[i] = (int) Math.min(49, Math.abs(rows[i]) * 10);
    }
    return rows;
  }

  /**
   * @param loss largest of a step's loss, relative
   * @param score largest of the scores after the last step
   */
  record Difference(double loss, double score) {}

  /** Between so many steps on a device and the same on the CPU. */
  static Difference difference(String settings, String device) {
    try (Learner there = new Learner(config(settings, device), Numbers.of(FEATURES), CLASSES, 1);
        Learner here = new Learner(config(settings, "cpu"), Numbers.of(FEATURES), CLASSES, 1)) {
      double loss = 0;
      for (int s = 0; s < STEPS; s++) {
        double expected = step(here, s).loss();
        loss = Math.max(loss, Math.abs(step(there, s).loss() - expected) / Math.abs(expected));
      }
      float[] expected = here.logits(rows(STEPS), ROWS);
      float[] actual = there.logits(rows(STEPS), ROWS);
      double score = 0;
      for (int i = 0; i < expected.length; i++) {
        score = Math.max(score, Math.abs(actual[i] - expected[i]));
      }
      return new Difference(loss, score);
    }
  }

  private static TrainerConfig config(String settings, String device) {
    Map<String, String> values = new HashMap<>();
    values.put("device", device);
    if (!settings.contains("model=linear")) {
      values.put("model.hidden", "32,16");
    }
    values.put("batch.size", String.valueOf(ROWS));
    for (String setting : settings.isEmpty() ? new String[0] : settings.split(", ")) {
      values.put(setting.split("=")[0], setting.split("=")[1]);
    }
    return TrainerSettings.of(values);
  }

  private static StepResult step(Learner learner, int number) {
    return step(learner, number, rows(number));
  }

  private static StepResult step(Learner learner, int number, float[] rows) {
    SplittableRandom random = new SplittableRandom(-number - 1);
    float[] ones = new float[ROWS];
    Arrays.fill(ones, 1);
    learner.normalizer().update(rows, ones, ROWS);
    learner.observe(new float[] {0.7f, 0.2f, 0.1f}, new float[] {0.5f, 1, 2});
    float[] weights = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      weights[i] = 0.5f + random.nextFloat();
    }
    return learner.step(rows, labels(number), weights, 0, ROWS);
  }

  private static long[] labels(int number) {
    return new SplittableRandom(number).longs(ROWS, 0, CLASSES).toArray();
  }

  /** Classes that overlap. */
  private static float[] rows(int number) {
    SplittableRandom random = new SplittableRandom(1000L + number);
    long[] labels = labels(number);
    float[] rows = new float[ROWS * FEATURES];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) (random.nextGaussian() + (labels[i / FEATURES] == i % CLASSES ? 1 : 0));
    }
    return rows;
  }

  private static boolean cuda() {
    return Engine.getEngine("PyTorch").hasCapability(StandardCapabilities.CUDA);
  }
}
