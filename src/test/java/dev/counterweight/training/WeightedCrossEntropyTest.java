package dev.counterweight.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.LossConfig.Reduction;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class WeightedCrossEntropyTest {

  @TestFactory
  Stream<DynamicTest> valuesAndGradientsAreThoseOfPyTorch() throws IOException {
    JsonNode groups = GoldenFile.read("losses.json").get("groups");
    Stream.Builder<DynamicTest> tests = Stream.builder();
    for (JsonNode group : groups) {
      for (JsonNode c : group.get("cases")) {
        boolean reduced = !c.get("reduction").asText().equals("none");
        if (c.get("name").asText().equals("cross-entropy") && reduced) {
          String name =
              "%d rows, %s, weighted %s, smoothing %s"
                  .formatted(
                      group.get("logits").size(),
                      c.get("reduction").asText(),
                      c.get("weighted"),
                      c.path("label_smoothing").asDouble(0));
          tests.add(DynamicTest.dynamicTest(name, () -> assertMatches(group, c)));
        }
      }
    }
    return tests.build();
  }

  private static void assertMatches(JsonNode group, JsonNode golden) {
    int n = group.get("logits").size();
    int k = group.get("logits").get(0).size();
    boolean weighted = golden.get("weighted").asBoolean();
    WeightedCrossEntropy loss =
        new WeightedCrossEntropy(
            k,
            Reduction.valueOf(
                golden.get("reduction").asText().toUpperCase(Locale.ROOT).replace('-', '_')),
            golden.path("label_smoothing").asDouble(0),
            weighted ? GoldenFile.floats(group.get("weight")) : null);
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray scores = manager.create(GoldenFile.floats(group.get("logits")), new Shape(n, k));

      WeightedCrossEntropy.Result result =
          loss.of(manager, scores, GoldenFile.longs(group.get("labels")), ones, 0, n);

      double value = golden.get("value").asDouble();
      assertThat((double) result.loss().getFloat())
          .isCloseTo(value, within(1e-5 * Math.abs(value)));
      assertClose(result.scores().toFloatArray(), GoldenFile.floats(golden.get("gradient")));
    }
  }

  @Test
  void aRowsWeightMultipliesItsWholeLossAndItsGradient() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray scores = manager.create(new float[] {1, 0, 0, 2}, new Shape(2, 2));
      WeightedCrossEntropy loss = new WeightedCrossEntropy(2, Reduction.SUM);

      float once =
          loss.of(manager, scores, new long[] {0, 0}, new float[] {1, 0}, 0, 2).loss().getFloat();
      var twice = loss.of(manager, scores, new long[] {0, 0}, new float[] {2, 0}, 0, 2);

      assertThat(twice.loss().getFloat()).isCloseTo(2 * once, within(1e-6f));
      assertThat(Arrays.copyOfRange(twice.scores().toFloatArray(), 2, 4)).containsOnly(0);
    }
  }

  @Test
  void aBatchWithoutWeightHasNoLossUnderAnyReduction() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray scores = manager.create(new float[] {1, 0}, new Shape(1, 2));
      for (Reduction reduction : Reduction.values()) {
        var result =
            new WeightedCrossEntropy(2, reduction)
                .of(manager, scores, new long[] {0}, new float[] {0}, 0, 1);
        assertThat(result.loss().getFloat()).isZero();
        assertThat(result.scores().toFloatArray()).containsOnly(0);
      }
    }
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
