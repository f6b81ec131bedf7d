package dev.counterweight.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.learning.GoldenFile;
import dev.counterweight.loss.LossConfig.Reduction;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LossTest {

  @TestFactory
  Stream<DynamicTest> valuesAndGradientsAreThoseOfPyTorch() throws IOException {
    JsonNode groups = GoldenFile.read("losses.json").get("groups");
    Stream.Builder<DynamicTest> tests = Stream.builder();
    for (JsonNode group : groups) {
      for (JsonNode c : group.get("cases")) {
        String name =
            "%s, %d rows, %s, weighted %s, smoothing %s, gamma %s, tau %s"
                .formatted(
                    c.get("name").asText(),
                    group.get("logits").size(),
                    c.get("reduction").asText(),
                    c.get("weighted"),
                    c.path("label_smoothing").asText("0"),
                    c.path("gamma").asText("-"),
                    c.path("tau").asText("-"));
        tests.add(DynamicTest.dynamicTest(name, () -> assertMatches(group, c)));
      }
    }
    return tests.build();
  }

  private static void assertMatches(JsonNode group, JsonNode golden) {
    int n = group.get("logits").size();
    int k = group.get("logits").get(0).size();
    Loss loss = loss(golden, k);
    if (group.get("counts").isArray()) {
      // Of the priors LDAM takes ratios alone, and its reference values rest on the counts.
      String standing = loss instanceof Ldam ? "counts" : "prior";
      loss.observe(GoldenFile.floats(group.get(standing)), ones(k));
    }
    float[] weights =
        golden.get("weighted").asBoolean() ? GoldenFile.floats(group.get("weight")) : ones(k);
    float[] logits = GoldenFile.floats(group.get("logits"));
    long[] labels = GoldenFile.longs(group.get("labels"));
    if (golden.get("reduction").asText().equals("none")) {
      float[] values = new float[n];
      for (int i = 0; i < n; i++) {
        values[i] = (float) loss.row(row(logits, i * k, k), (int) labels[i], weights);
      }
      assertClose(values, GoldenFile.floats(golden.get("value")));
      return;
    }
    float[] gradient = new float[n * k];
    double value =
        new BatchLoss(loss, reduction(golden), false, weights)
            .of(logits, labels, ones(n), 0, n, FloatBuffer.wrap(gradient));
    double expected = golden.get("value").asDouble();
    assertThat(value).isCloseTo(expected, within(1e-5 * Math.abs(expected)));
    assertClose(gradient, GoldenFile.floats(golden.get("gradient")));
  }

  private static Loss loss(JsonNode golden, int k) {
    double smoothing = golden.path("label_smoothing").asDouble(0);
    return switch (golden.get("name").asText()) {
      case "cross-entropy" -> new CrossEntropy(k, smoothing);
      case "focal" -> new Focal(k, golden.get("gamma").asDouble());
      case "logit-adjusted" -> new LogitAdjusted(k, golden.get("tau").asDouble(), smoothing);
      case "ldam" ->
          new Ldam(k, golden.get("max_margin").asDouble(), golden.get("scale").asDouble());
      default -> throw new IllegalArgumentException(golden.get("name").asText());
    };
  }

  private static Reduction reduction(JsonNode golden) {
    return Reduction.valueOf(
        golden.get("reduction").asText().toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  @TestFactory
  Stream<DynamicTest> gradientsAreThoseOfFiniteDifferences() {
    float[] prior = {0.7f, 0.2f, 0.1f};
    float[] inner = {1, 2, 0.5f};
    return Stream.of(
            new CrossEntropy(3, 0.2),
            new Focal(3, 2),
            new Focal(3, 0.5),
            new LogitAdjusted(3, 1.5, 0.1),
            new Ldam(3, 0.5, 3))
        .map(
            loss ->
                DynamicTest.dynamicTest(
                    loss.getClass().getSimpleName(),
                    () -> {
                      loss.observe(prior, ones(3));
                      assertDifferentiates(loss, inner);
                    }));
  }

  private static void assertDifferentiates(Loss loss, float[] inner) {
    SplittableRandom random = new SplittableRandom(1);
    float step = 1 / 256f;
    for (int trial = 0; trial < 20; trial++) {
      float[] z = {random.nextInt(512) * step, random.nextInt(512) * step, 0};
      double[] gradient = row(z, 0, 3);
      loss.row(gradient, trial % 3, inner);
      for (int c = 0; c < 3; c++) {
        float[] up = z.clone();
        float[] down = z.clone();
        up[c] += step;
        down[c] -= step;
        double slope =
            (loss.row(row(up, 0, 3), trial % 3, inner)
                    - loss.row(row(down, 0, 3), trial % 3, inner))
                / (2 * step);
        assertThat(gradient[c]).isCloseTo(slope, within(1e-4));
      }
    }
  }

  @Test
  void aRowsWeightMultipliesItsWholeLossSmoothingIncluded() {
    float[] z = {1, 0, 0, 2};
    long[] labels = {0, 0};
    float[] gradient = new float[4];
    BatchLoss loss = new BatchLoss(new CrossEntropy(2, 0.3), Reduction.SUM, false, ones(2));

    double once = loss.of(z, labels, new float[] {1, 0}, 0, 2, FloatBuffer.wrap(new float[4]));
    double twice = loss.of(z, labels, new float[] {2, 0}, 0, 2, FloatBuffer.wrap(gradient));

    assertThat(twice).isCloseTo(2 * once, within(1e-12));
    assertThat(Arrays.copyOfRange(gradient, 2, 4)).containsExactly(new float[2], within(0f));
  }

  @Test
  void aSliceWithoutWeightHasNoLossUnderAnyReduction() {
    for (Reduction reduction : Reduction.values()) {
      for (BatchLoss loss :
          List.of(
              new BatchLoss(new CrossEntropy(2, 0), reduction, false, ones(2)),
              new BatchLoss(new CrossEntropy(2, 0), reduction, true, ones(2)))) {
        float[] gradient = {9, 9};
        double value =
            loss.of(
                new float[] {1, 0},
                new long[] {0},
                new float[] {0},
                0,
                1,
                FloatBuffer.wrap(gradient));
        assertThat(value).isZero();
        assertThat(gradient).containsExactly(new float[2], within(0f));
      }
    }
  }

  @Test
  void aSliceOfItsOwnWeightsPaysEachClassPresentAlikeAndTheAbsentNothing() {
    // Equal scores of three classes: every row's derivative by its own score is -2/3.
    float[] z = new float[4 * 3];
    long[] labels = {9, 0, 0, 0, 2};
    float[] rowWeights = {9, 5, 5, 5, 5};
    float[] gradient = new float[12];

    double value =
        new BatchLoss(new CrossEntropy(3, 0), Reduction.BATCH_MEAN, true, ones(3))
            .of(z, labels, rowWeights, 1, 4, FloatBuffer.wrap(gradient));

    // Two classes of three are present, each at a third of the whole.
    assertThat(value).isCloseTo(2 / 3.0 * Math.log(3), within(1e-6));
    assertThat(gradient[0] + gradient[3] + gradient[6]).isCloseTo(-2 / 9f, within(1e-6f));
    assertThat(gradient[11]).isCloseTo(-2 / 9f, within(1e-6f));
  }

  @Test
  void pytorchsMeanOfASlicesOwnWeightsIsTheMeanOverTheClassesPresent() {
    float[] z = {1, 0, 0, 2, 3, 1};
    long[] labels = {0, 0, 1};
    double value =
        new BatchLoss(new CrossEntropy(2, 0), Reduction.MEAN, true, ones(2))
            .of(z, labels, ones(3), 0, 3, FloatBuffer.wrap(new float[6]));

    double first = (Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(2))) / 2;
    assertThat(value).isCloseTo((first + Math.log1p(Math.exp(2))) / 2, within(1e-6));
  }

  @Test
  void aClassThatIsNotCountedStaysOutOfTheSoftmaxUnderEveryLoss() {
    float[] three = {1, 2, 30, -1, 0.5f, 30};
    float[] two = {1, 2, -1, 0.5f};
    for (Reduction reduction : Reduction.values()) {
      for (int kind = 0; kind < 5; kind++) {
        BatchLoss ofThree = new BatchLoss(kindOf(kind, 3), reduction, false, ones(3));
        BatchLoss ofTwo = new BatchLoss(kindOf(kind, 2), reduction, false, ones(2));
        ofThree.observe(new float[] {0.75f, 0.25f, 0}, new float[] {1, 3, 3});
        ofTwo.observe(new float[] {0.75f, 0.25f}, new float[] {1, 3});
        float[] wide = new float[6];
        float[] narrow = new float[4];

        double value = ofThree.of(three, new long[] {0, 1}, ones(2), 0, 2, FloatBuffer.wrap(wide));
        double expected = ofTwo.of(two, new long[] {0, 1}, ones(2), 0, 2, FloatBuffer.wrap(narrow));

        assertThat(value).isEqualTo(expected);
        assertThat(wide)
            .containsExactly(narrow[0], narrow[1], 0, narrow[2], narrow[3], 0)
            .doesNotContain(Float.NaN);
      }
    }
  }

  @Test
  void aRowOfItTakesAClassIntoTheSoftmaxBeforeItIsCounted() {
    BatchLoss loss = new BatchLoss(new CrossEntropy(2, 0), Reduction.SUM, false, ones(2));
    loss.observe(new float[] {1, 0}, new float[] {1, 1});
    float[] gradient = new float[4];

    loss.of(new float[4], new long[] {0, 1}, ones(2), 0, 2, FloatBuffer.wrap(gradient));

    assertThat(gradient).containsExactly(-0.5f, 0.5f, 0.5f, -0.5f);
  }

  @Test
  void allClassesAreInTheSoftmaxWhileNothingIsKnown() {
    BatchLoss loss = new BatchLoss(new CrossEntropy(2, 0), Reduction.SUM, false, ones(2));
    loss.observe(new float[2], new float[] {1, 1});
    float[] gradient = new float[2];

    loss.of(new float[2], new long[] {0}, ones(1), 0, 1, FloatBuffer.wrap(gradient));

    assertThat(gradient).containsExactly(-0.5f, 0.5f);
  }

  private static Loss kindOf(int kind, int classes) {
    return switch (kind) {
      case 0 -> new CrossEntropy(classes, 0);
      case 1 -> new CrossEntropy(classes, 0.1);
      case 2 -> new Focal(classes, 2);
      case 3 -> new LogitAdjusted(classes, 1, 0.1);
      default -> new Ldam(classes, 0.5, 3);
    };
  }

  @Test
  void aScoreThatIsNoNumberMakesTheLossNoNumber() {
    for (Loss loss :
        List.of(
            new CrossEntropy(2, 0),
            new Focal(2, 2),
            new LogitAdjusted(2, 1, 0),
            new Ldam(2, 0.5, 30))) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        assertThat(loss.row(new double[] {bad, 1}, 0, ones(2))).isNaN();
      }
    }
  }

  private static double[] row(float[] scores, int at, int k) {
    double[] row = new double[k];
    for (int c = 0; c < k; c++) {
      row[c] = scores[at + c];
    }
    return row;
  }

  private static float[] ones(int n) {
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static void assertClose(float[] actual, float[] golden) {
    float largest = 0;
    for (float g : golden) {
      largest = Math.max(largest, Math.abs(g));
    }
    assertThat(actual).hasSameSizeAs(golden);
    for (int i = 0; i < golden.length; i++) {
      assertThat(actual[i]).isCloseTo(golden[i], within(1e-5f * largest));
    }
  }
}
