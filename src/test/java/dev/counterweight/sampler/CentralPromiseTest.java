package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.RawEvent;
import dev.counterweight.sampling.BatchBuilder;
import dev.counterweight.sampling.Falling;
import dev.counterweight.sampling.FeaturesAlone;
import dev.counterweight.sampling.HashRandom;
import dev.counterweight.sampling.OpenSpan;
import dev.counterweight.sampling.ReplayBuffer;
import dev.counterweight.sampling.SamplingPlan;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.sampling.SamplingPolicy.Preset;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.WeightFormula;
import dev.counterweight.weights.Weighting;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sampling changes cost and variance, never the objective: at fixed parameters and one snapshot,
 * before scaling, what the draws of a class pay is what the weighted stream pays.
 */
class CentralPromiseTest {
  private static final double[] COUNTS = {9_300, 600, 100};
  private static final double[] FIXED = {1, 3, 7};
  private static final int FEATURES = 3;
  private static final double SIGMAS = 5;

  static Stream<Arguments> recipes() {
    List<String> formulas =
        List.of("balanced", "inverse", "smoothed", "power", "effective-number", "fixed", "none");
    List<Arguments> all = new ArrayList<>();
    for (SamplingPolicy policy : dials(formulas)) {
      formulas.forEach(objective -> all.add(Arguments.of(policy, objective)));
    }
    return all.stream();
  }

  private static List<SamplingPolicy> dials(List<String> formulas) {
    List<SamplingPolicy> dials = new ArrayList<>();
    for (String v : formulas) {
      for (double cap : new double[] {1, 2.5, 64}) {
        dials.add(policy(Preset.HYBRID, v, Math.min(4, cap), false, cap, 0.5));
      }
      dials.add(policy(Preset.UNDERSAMPLE, v, 0, false, 1, 1));
      dials.add(policy(Preset.OVERSAMPLE, v, 0, false, Double.POSITIVE_INFINITY, 1));
      dials.add(policy(Preset.WEIGHTED_RANDOM, v, 1, false, Double.POSITIVE_INFINITY, 1));
    }
    dials.add(policy(Preset.NONE, "none", 0, false, 1, 1));
    return dials;
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void totalLossWeightOfEachClassIsExact(SamplingPolicy policy, String objective) {
    SamplingPlan plan = plan(policy, objective);
    Snapshot snapshot = plan.snapshot();
    double scale = scale(plan);
    for (int c = 0; c < COUNTS.length; c++) {
      double p = snapshot.priors()[c];
      double paid =
          p * plan.arrival(c) * plan.lossWeight(c) + plan.schedule()[c] * plan.scheduledWeight(c);
      double wanted = scale * p * snapshot.weights()[c];
      assertThat(paid).isCloseTo(wanted, within(1e-12 * wanted));
      assertThat(plan.uses(c)).isPositive().isLessThanOrEqualTo(policy.maxUses().first());
    }
  }

  @Test
  void presetsGiveTheUsesOfTheRecipesTheyReproduce() {
    double[] priors = {0.93, 0.06, 0.01};
    SamplingPlan none = plan(policy(Preset.NONE, "none", 0, false, 1, 1), "balanced");
    SamplingPlan under = plan(policy(Preset.UNDERSAMPLE, "balanced", 0, false, 1, 1), "balanced");
    double inf = Double.POSITIVE_INFINITY;
    SamplingPlan over = plan(policy(Preset.OVERSAMPLE, "balanced", 0, false, inf, 1), "balanced");
    SamplingPlan random =
        plan(policy(Preset.WEIGHTED_RANDOM, "balanced", 1, false, inf, 1), "balanced");
    for (int c = 0; c < 3; c++) {
      assertThat(none.uses(c)).isEqualTo(1);
      assertThat(none.lossWeight(c) / none.lossWeight(0))
          .isCloseTo(priors[0] / priors[c], within(1e-9));
      assertThat(under.uses(c)).isCloseTo(0.01 / priors[c], within(1e-9));
      assertThat(over.uses(c)).isCloseTo(0.93 / priors[c], within(1e-9));
      // As WeightedRandomSampler with weight 1 / n_c and as many samples as events.
      assertThat(random.uses(c)).isCloseTo(1 / (3 * priors[c]), within(1e-9));
      for (SamplingPlan paysAlike : List.of(under, over, random)) {
        assertThat(paysAlike.lossWeight(c)).isCloseTo(1, within(1e-9));
      }
    }
  }

  static Stream<Arguments> withoutReplays() {
    return Stream.of(
        Arguments.of(policy(Preset.NONE, "none", 0, false, 1, 1), "balanced"),
        Arguments.of(policy(Preset.UNDERSAMPLE, "balanced", 0, false, 1, 1), "balanced"),
        Arguments.of(policy(Preset.UNDERSAMPLE, "power", 0, false, 1, 1), "inverse"),
        Arguments.of(policy(Preset.UNDERSAMPLE, "balanced", 0, false, 1, 1), "none"),
        Arguments.of(policy(Preset.HYBRID, "balanced", 0.5, false, 1, 1), "fixed"),
        Arguments.of(policy(Preset.HYBRID, "smoothed", 0.1, false, 1, 1), "power"));
  }

  @ParameterizedTest
  @MethodSource("withoutReplays")
  void expectedGradientIsThatOfTheWeightedStream(SamplingPolicy policy, String objective) {
    SamplingPlan plan = plan(policy, objective);
    Snapshot snapshot = plan.snapshot();
    Mixture stream = new Mixture(7);
    double[] sampled = new double[FEATURES];
    double[] whole = new double[FEATURES];
    double[] variance = new double[FEATURES];
    BatchBuilder builder =
        builder(512, 4096, record -> addGradients(record.draws(), 1 / scale(plan), sampled));
    builder.plan(plan);
    OpenSpan span = builder.open(0, 0, null);
    for (int i = 0; i < 60_000; i++) {
      Event event = stream.next();
      builder.add(span, i, new EventHead(event.label, 1, 1), RawEvent.of(event.bytes(), 1));
      double[] g = gradient(event.x, event.label);
      double w = snapshot.weights()[event.label];
      double r = plan.uses(event.label);
      for (int j = 0; j < FEATURES; j++) {
        whole[j] += w * g[j];
        variance[j] += w * w * g[j] * g[j] * (1 / r - 1);
      }
    }
    builder.cut();
    for (int j = 0; j < FEATURES; j++) {
      double tolerance = SIGMAS * Math.sqrt(variance[j]) + 1e-4 * Math.abs(whole[j]);
      assertThat(sampled[j]).isCloseTo(whole[j], within(tolerance));
    }
  }

  @Test
  void replaysPayTheMeanGradientOfTheNewestDrawnOfTheirClass() {
    int memory = 20;
    SamplingPlan plan = plan(policy(Preset.HYBRID, "balanced", 4, false, 64, 0.5), "balanced");
    Map<Integer, Deque<double[]>> newest = new HashMap<>();
    double[][] surplus = new double[3][FEATURES];
    double[][] variance = new double[3][FEATURES];
    double[] paid = new double[3];
    // A record an event: when a replay is made, this knows what the memory holds.
    BatchBuilder builder =
        builder(
            memory,
            1,
            record -> {
              MiniBatch.Draws draws = record.draws();
              for (int row = 0; row < draws.rows(); row++) {
                int c = (int) draws.labels()[row];
                paid[c] += draws.lossWeight()[row] / scale(plan);
                if (draws.fresh()[row] != 0) {
                  Deque<double[]> ofClass = newest.computeIfAbsent(c, k -> new ArrayDeque<>());
                  ofClass.addLast(row(draws, row));
                  if (ofClass.size() > memory) {
                    ofClass.removeFirst();
                  }
                }
              }
              for (int row = 0; row < draws.rows(); row++) {
                if (draws.fresh()[row] == 0) {
                  compare(draws, row, newest, surplus, variance);
                }
              }
            });
    builder.plan(plan);
    OpenSpan span = builder.open(0, 0, null);
    Mixture stream = new Mixture(8);
    double[] seen = new double[3];
    for (int i = 0; i < 40_000; i++) {
      Event event = stream.next();
      seen[event.label]++;
      builder.add(span, i, new EventHead(event.label, 1, 1), RawEvent.of(event.bytes(), 1));
      if (builder.hasAny()) {
        builder.cut();
      }
    }
    for (int c = 0; c < 3; c++) {
      double wanted = seen[c] * plan.snapshot().weights()[c];
      assertThat(paid[c]).isCloseTo(wanted, within(0.1 * wanted));
      for (int j = 0; j < FEATURES; j++) {
        assertThat(Math.abs(surplus[c][j])).isLessThan(SIGMAS * Math.sqrt(variance[c][j]));
      }
    }
  }

  private static void compare(
      MiniBatch.Draws draws,
      int row,
      Map<Integer, Deque<double[]>> newest,
      double[][] surplus,
      double[][] variance) {
    int c = (int) draws.labels()[row];
    Deque<double[]> memory = java.util.Objects.requireNonNull(newest.get(c));
    double[] drawn = row(draws, row);
    assertThat(memory).as("replays come from the newest alone").anyMatch(x -> equal(x, drawn));
    double[] g = gradient(drawn, c);
    for (int j = 0; j < FEATURES; j++) {
      double mean = 0;
      double square = 0;
      for (double[] x : memory) {
        double one = gradient(x, c)[j];
        mean += one / memory.size();
        square += one * one / memory.size();
      }
      surplus[c][j] += g[j] - mean;
      variance[c][j] += Math.max(0, square - mean * mean) + 1e-12;
    }
  }

  private static boolean equal(double[] a, double[] b) {
    return java.util.Arrays.equals(a, b);
  }

  /** Of a linear model's squared error, at parameters that fit nothing. */
  private static double[] gradient(double[] x, int label) {
    double error = 0.3 * x[0] - 0.2 * x[1] + 0.1 * x[2] - label;
    double[] gradient = new double[FEATURES];
    for (int j = 0; j < FEATURES; j++) {
      gradient[j] = 2 * error * x[j];
    }
    return gradient;
  }

  private static void addGradients(MiniBatch.Draws draws, double factor, double[] target) {
    for (int row = 0; row < draws.rows(); row++) {
      assertThat(draws.fresh()[row]).isEqualTo((byte) 1);
      double[] g = gradient(row(draws, row), (int) draws.labels()[row]);
      for (int j = 0; j < FEATURES; j++) {
        target[j] += draws.lossWeight()[row] * factor * g[j];
      }
    }
  }

  private static double[] row(MiniBatch.Draws draws, int row) {
    double[] x = new double[FEATURES];
    for (int j = 0; j < FEATURES; j++) {
      x[j] = draws.features()[row * FEATURES + j];
    }
    return x;
  }

  /** The one factor that gives the expected batch a mean loss weight of one. */
  private static double scale(SamplingPlan plan) {
    return plan.lossWeight(0) * plan.uses(0) / plan.snapshot().weights()[0];
  }

  private static SamplingPlan plan(SamplingPolicy policy, String objective) {
    Snapshot snapshot = Snapshots.of(COUNTS, weights(objective));
    double[] v = new Weighting(policy.weights(), 10_000).of(COUNTS);
    return new SamplingPlan(snapshot, null, v, policy, policy.draws().first(), 0.1);
  }

  private static double[] weights(String formula) {
    return new Weighting(formula(formula), 10_000).of(COUNTS);
  }

  private static WeightFormula formula(String name) {
    return name.equals("fixed") ? WeightFormula.of(name, FIXED) : WeightFormula.of(name);
  }

  private static SamplingPolicy policy(
      Preset preset, String weights, double draws, boolean auto, double maxUses, double share) {
    return new SamplingPolicy(
        preset, formula(weights), Falling.constant(draws), auto, Falling.constant(maxUses), share);
  }

  private static BatchBuilder builder(
      int memory, int events, java.util.function.Consumer<MiniBatch> sink) {
    FeaturesAlone decoder =
        (event, target, at) ->
            ByteBuffer.wrap(FeaturesAlone.value(event)).asFloatBuffer().get(target, at, FEATURES);
    return new BatchBuilder(
        Snapshots.schema(FEATURES, 3),
        new BatchBuilder.Limits(256, 256, events, 1000, 1 << 20),
        new HashRandom(3),
        new ReplayBuffer(3, FEATURES, memory),
        decoder,
        rejected -> {
          throw new AssertionError(rejected);
        },
        (record, covered) -> sink.accept(record),
        false,
        false);
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Event(double[] x, int label) {
    byte[] bytes() {
      ByteBuffer buffer = ByteBuffer.allocate(4 * FEATURES);
      for (double value : x) {
        buffer.putFloat((float) value);
      }
      return buffer.array();
    }
  }

  /** Events as the counts have them, each class around a point of its own. */
  private static final class Mixture {
    private final Random random;

    Mixture(long seed) {
      this.random = new Random(seed);
    }

    Event next() {
      double u = random.nextDouble();
      int label = u < 0.93 ? 0 : u < 0.99 ? 1 : 2;
      double[] x = new double[FEATURES];
      for (int j = 0; j < FEATURES; j++) {
        x[j] = (float) (random.nextGaussian() + 2 * label + j);
      }
      return new Event(x, label);
    }
  }
}
