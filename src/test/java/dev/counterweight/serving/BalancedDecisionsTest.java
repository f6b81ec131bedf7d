package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.loss.LossConfig;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What holds of balanced decisions whatever the row, its classes and their weights. */
class BalancedDecisionsTest {
  private static final double NEAR = 1e-6;

  @Property
  void atEqualWeightsTheyAreThoseOfTheServedProbabilities(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 9) int classes) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] served = shares(random, classes);
    double[] equal = new double[classes];
    Arrays.fill(equal, 0.5);

    assertThat(rule(new DecisionConfig.Balanced(), classes).of(served, served, equal, Double.NaN))
        .isEqualTo(
            rule(new DecisionConfig.Calibrated(), classes).of(served, served, equal, Double.NaN));
  }

  @Property
  void onlyTheRatiosOfWeightsCount(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 9) int classes) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] served = shares(random, classes);
    double[] weights = shares(random, classes);
    double[] scaled = Arrays.stream(weights).map(w -> 1024 * w).toArray();
    DecisionRule balanced = rule(new DecisionConfig.Balanced(), classes);

    assertThat(balanced.of(served, served, scaled, Double.NaN))
        .isEqualTo(balanced.of(served, served, weights, Double.NaN));
  }

  /** What the objective's weights took out of the scores' odds, decisions put back in. */
  @Property
  void withoutCalibrationTheyAreThoseOfTheOwnScoresUnderEveryLoss(
      @ForAll LossConfig.Kind kind,
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 9) int classes,
      @ForAll boolean perSlice) {
    SplittableRandom random = new SplittableRandom(seed);
    ServedProbabilities probability =
        ServedProbabilities.of(
            new LossConfig(kind, 2, 0.7, 0, 0.5, 3, LossConfig.Reduction.BATCH_MEAN, perSlice),
            classes);
    probability.observe(floats(shares(random, classes)), floats(shares(random, classes)));
    float[] logits = floats(random.doubles(classes, -2, 2).toArray());
    double[] raw = new double[classes];
    double[] served = new double[classes];
    probability.raw(logits, 0, raw);
    probability.of(logits, 0, served);
    double[] weights = probability.decisionWeights();

    int decided = rule(new DecisionConfig.Balanced(), classes).of(raw, served, weights, Double.NaN);

    assertThat(raw[decided]).isGreaterThan(Arrays.stream(raw).max().orElseThrow() - NEAR);
  }

  private static DecisionRule rule(DecisionConfig config, int classes) {
    List<String> names = IntStream.range(0, classes).mapToObj(c -> "c" + c).toList();
    return new DecisionRule(config, names);
  }

  private static double[] shares(SplittableRandom random, int classes) {
    double[] shares = random.doubles(classes, -4, 0).map(Math::exp).toArray();
    double sum = Arrays.stream(shares).sum();
    return Arrays.stream(shares).map(share -> share / sum).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
