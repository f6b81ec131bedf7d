package dev.counterweight.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFormulaTest {

  @Test
  void everyReferenceValueIsMet() throws IOException {
    int checked = 0;
    for (JsonNode golden : golden().get("cases")) {
      double[] counts = doubles(golden.get("counts"));
      assertWeights(new WeightFormula.Balanced(), counts, golden.get("balanced"));
      assertWeights(new WeightFormula.Inverse(), counts, golden.get("inverse"));
      checked += 2;
      for (Map.Entry<String, JsonNode> e : golden.get("smoothed").properties()) {
        assertWeights(
            new WeightFormula.Smoothed(Double.parseDouble(e.getKey())), counts, e.getValue());
        checked++;
      }
      for (Map.Entry<String, JsonNode> e : golden.get("power").properties()) {
        assertWeights(
            new WeightFormula.Power(Double.parseDouble(e.getKey())), counts, e.getValue());
        checked++;
      }
      for (Map.Entry<String, JsonNode> e : golden.get("effective_number").properties()) {
        assertWeights(
            new WeightFormula.EffectiveNumber(Double.parseDouble(e.getKey())),
            counts,
            e.getValue());
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(40);
  }

  @Property(tries = 300)
  void anyPowerGivesWeightsThatAFloatCanHoldInTheOrderOfRarity(
      @ForAll @Size(4) List<@LongRange(min = 1, max = 1_000_000_000) Long> counts,
      @ForAll @DoubleRange(min = 0, max = 1e6) double power,
      @ForAll @DoubleRange(min = 1, max = 1e12) double maxRatio) {
    double[] n = counts.stream().mapToDouble(Long::doubleValue).toArray();

    double[] w = new Weighting(new WeightFormula.Power(power), maxRatio).of(n);

    for (int i = 0; i < n.length; i++) {
      assertThat((float) w[i]).isPositive().isFinite();
      for (int j = 0; j < n.length; j++) {
        if (n[i] < n[j]) {
          assertThat(w[i]).isGreaterThanOrEqualTo(w[j]);
        }
        assertThat(w[i] / w[j]).isLessThanOrEqualTo(maxRatio * (1 + 1e-12));
      }
    }
  }

  @Test
  void aLargePowerKeepsTheRatiosOfTheWeights() {
    double[] w = new WeightFormula.Power(300).weights(new double[] {1000, 990, 10, 0});

    assertThat(w[0]).isCloseTo(0x1p-100, within(1e-36));
    assertThat(w[1] / w[0]).isCloseTo(Math.pow(1000 / 990.0, 300), within(1e-9));
    assertThat(w[2]).isEqualTo(0x1p100);
    assertThat(w[3]).isEqualTo(w[2]);
    assertThat(new WeightFormula.Power(1e300).weights(new double[] {1000, 990, 10}))
        .containsExactly(0x1p-100, 0x1p100, 0x1p100);
  }

  @Property(tries = 200)
  void balancedWeightsMakeTheClassesPayAlikeAndOneOnAverage(
      @ForAll @Size(5) List<@LongRange(min = 1, max = 1_000_000_000) Long> counts) {
    double[] n = counts.stream().mapToDouble(Long::doubleValue).toArray();
    double[] w = new WeightFormula.Balanced().weights(n);

    double total = Arrays.stream(n).sum();
    for (int c = 0; c < n.length; c++) {
      assertThat(w[c] * n[c]).isCloseTo(total / n.length, within(1e-9 * total));
    }
  }

  @Property(tries = 100)
  void weightsDoNotDependOnTheScaleOfTheCountsWhereTheFormulaSaysSo(
      @ForAll @Size(4) List<@LongRange(min = 1, max = 1_000_000) Long> counts,
      @ForAll @DoubleRange(min = 0.01, max = 1e6) double scale,
      @ForAll @DoubleRange(min = 0, max = 3) double power) {
    double[] n = counts.stream().mapToDouble(Long::doubleValue).toArray();
    double[] scaled = Arrays.stream(n).map(v -> v * scale).toArray();

    for (WeightFormula formula :
        List.of(
            new WeightFormula.Balanced(),
            new WeightFormula.Power(power),
            new WeightFormula.Fixed(new double[] {1, 2, 3, 4}),
            new WeightFormula.None(),
            new WeightFormula.Batch())) {
      assertSame(formula.weights(scaled), formula.weights(n));
    }
    // Of these only the ratios are free of scale, or the weights of counts all far above 1 / (1-b).
    double[] inverse = new WeightFormula.Inverse().weights(scaled);
    assertSame(
        Arrays.stream(inverse).map(w -> w * scale).toArray(),
        new WeightFormula.Inverse().weights(n));
    double[] large = Arrays.stream(n).map(v -> 1_000 + v * scale).toArray();
    assertSame(new WeightFormula.EffectiveNumber(0.5).weights(large), new double[] {1, 1, 1, 1});
  }

  private static void assertSame(double[] actual, double[] expected) {
    for (int c = 0; c < expected.length; c++) {
      assertThat(actual[c]).isCloseTo(expected[c], within(1e-9 * expected[c]));
    }
  }

  @Test
  void aClassNotSeenTakesTheLargestWeight() {
    double[] w = new WeightFormula.Balanced().weights(new double[] {90, 0, 10});

    assertThat(w[1]).isEqualTo(w[2]).isGreaterThan(w[0]);
    assertThat(new WeightFormula.Balanced().weights(new double[3])).containsOnly(1);
  }

  @Test
  void theCapHoldsTheLargestToAMultipleOfTheSmallest() {
    Weighting weighting = new Weighting(new WeightFormula.Balanced(), 100);

    double[] w = weighting.of(new double[] {1_000_000, 10, 0});

    assertThat(w[1]).isCloseTo(100 * w[0], within(1e-12));
    assertThat(w[2]).isEqualTo(w[1]);
    assertThat(new Weighting(new WeightFormula.None(), 100).of(new double[] {5, 1}))
        .containsOnly(1);
  }

  @Test
  void parametersOutOfRangeAreRefusedByName() {
    assertThatThrownBy(() -> new WeightFormula.EffectiveNumber(1)).hasMessageContaining("beta");
    assertThatThrownBy(() -> new WeightFormula.Smoothed(-1)).hasMessageContaining("smoothing");
    assertThatThrownBy(() -> new Weighting(new WeightFormula.None(), 0.5))
        .hasMessageContaining("max.ratio");
    assertThatThrownBy(() -> WeightFormula.of("magic")).hasMessageContaining("'magic'");
    assertThatThrownBy(() -> WeightFormula.of("none", 1)).hasMessageContaining("no 1 arguments");
    assertThatThrownBy(() -> WeightFormula.of("power", 1, 2)).hasMessageContaining("no 2 arg");
  }

  @Test
  void everyNameInConfigurationGivesItsFormulaWithItsArguments() {
    assertThat(
            Stream.of("balanced", "inverse", "smoothed", "power", "effective-number", "none")
                .map(WeightFormula::of))
        .containsExactly(
            new WeightFormula.Balanced(),
            new WeightFormula.Inverse(),
            new WeightFormula.Smoothed(1),
            new WeightFormula.Power(0.5),
            new WeightFormula.EffectiveNumber(0.9999),
            new WeightFormula.None());
    assertThat(WeightFormula.of("batch")).isEqualTo(new WeightFormula.Batch());
    assertThat(WeightFormula.of("smoothed", 2)).isEqualTo(new WeightFormula.Smoothed(2));
    assertThat(WeightFormula.of("power", 0.25)).isEqualTo(new WeightFormula.Power(0.25));
    assertThat(WeightFormula.of("effective-number", 0.5))
        .isEqualTo(new WeightFormula.EffectiveNumber(0.5));
    assertThat(WeightFormula.of("fixed", 3, 0).weights(new double[] {1, 2}))
        .isEqualTo(new double[] {3, 0});
  }

  @ParameterizedTest
  @ValueSource(strings = {"balanced", "inverse", "smoothed", "power", "effective-number"})
  void aVanishedClassKeepsAFiniteWeightAndLeavesTheOthersTheirs(String name) {
    WeightFormula formula = WeightFormula.of(name);

    double[] weights = formula.weights(new double[] {1e9, 1, Double.MIN_NORMAL});

    for (double w : weights) {
      assertThat(w).isFinite().isPositive();
    }
    assertThat(weights[2]).isGreaterThanOrEqualTo(weights[1]);
    assertThat(weights[1]).isGreaterThan(weights[0]);
  }

  private static void assertWeights(WeightFormula formula, double[] counts, JsonNode golden) {
    double[] expected = doubles(golden);
    double[] actual = formula.weights(counts);
    for (int c = 0; c < expected.length; c++) {
      assertThat(actual[c])
          .as("%s, class %d", formula, c)
          .isCloseTo(expected[c], within(1e-9 * expected[c]));
    }
  }

  private static JsonNode golden() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            WeightFormulaTest.class.getResourceAsStream("/golden/class_weights.json"))) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static double[] doubles(JsonNode node) {
    double[] values = new double[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asDouble();
    }
    return values;
  }
}
