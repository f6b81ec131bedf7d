package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.Python;
import dev.counterweight.learning.Learner;
import dev.counterweight.learning.Numbers;
import dev.counterweight.tensor.SafeTensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has a model.safetensors and numpy gets the scores that the trainer gets. */
class ModelInPythonTest {
  private static final int FEATURES = 3;
  private static final int ROWS = 500;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"0", "64"})
  void numpyGetsTheSameScores(String quantiles) throws Exception {
    float[] rows = rows();
    float[] expected = trained(rows, quantiles);
    ByteBuffer bytes = ByteBuffer.allocate(4 * rows.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(rows);
    Path file = Files.write(folder.resolve("rows"), bytes.array());

    Python.Outcome outcome =
        Python.run(
            "src/test/python/logits.py",
            folder.resolve("model.safetensors").toString(),
            file.toString());

    FloatBuffer found =
        ByteBuffer.wrap(outcome.bytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertThat(found.remaining()).isEqualTo(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(found.get(i)).as("score %d", i).isCloseTo(expected[i], within(2e-4f));
    }
  }

  private float[] trained(float[] rows, String quantiles) throws Exception {
    float[] ones = new float[ROWS];
    Arrays.fill(ones, 1);
    long[] labels = new long[ROWS];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = rows[i * FEATURES] > 1 ? 1 : 0;
    }
    Map<String, String> settings =
        Map.of(
            "model.quantiles",
            quantiles,
            "device",
            "cpu",
            "model.rates",
            "1",
            "model.average",
            "0");
    try (Learner learner = new Learner(TrainerSettings.of(settings), Numbers.of(FEATURES), 2, 1)) {
      learner.normalizer().update(rows, ones, ROWS);
      for (int step = 0; step < 10; step++) {
        learner.step(rows, labels, ones, step * 32, 32);
      }
      Files.write(folder.resolve("model.safetensors"), new SafeTensors(learner.model()).toBytes());
      return learner.logits(rows, ROWS);
    }
  }

  /** Heavy-tailed with ties, of few values, and constant. */
  private static float[] rows() {
    SplittableRandom random = new SplittableRandom(4);
    float[] rows = new float[ROWS * FEATURES];
    for (int i = 0; i < ROWS; i++) {
      rows[i * FEATURES] = random.nextInt(3) == 0 ? 0 : (float) Math.exp(3 * random.nextGaussian());
      rows[i * FEATURES + 1] = random.nextInt(4);
      rows[i * FEATURES + 2] = 7;
    }
    return rows;
  }
}
