package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.sampler.Snapshots;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.WeightFormula;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SamplingPlanTest {

  /** No class more than {@code maxUses} times, a share of it on arrival. */
  static SamplingPolicy hybrid(double maxUses, double arrivalShare) {
    return new SamplingPolicy(
        SamplingPolicy.Preset.HYBRID,
        WeightFormula.of("balanced"),
        Falling.constant(1),
        false,
        Falling.constant(maxUses),
        arrivalShare);
  }

  /** Of class 1, 2 in 1,000 events have an importance of 1, the others 0. */
  @Test
  void anImportanceAmongIgnoredEventsPaysInFull() {
    double[] n = {1_000, 1_000};
    Snapshot snapshot = Snapshots.of(n, new double[] {1_000, 2}, new double[] {1, 1});
    SamplingPlan plan =
        new SamplingPlan(
            snapshot, null, Snapshots.balanced(n), SamplingPlanTest.hybrid(64, 0.5), 4, 0.1);

    assertThat(plan.lossWeight(1, 1)).isEqualTo(plan.lossWeight(1));
    assertThat(plan.lossWeight(1, 1e9)).isEqualTo(100 * plan.lossWeight(1));
  }

  /** 0 in a record says that a class was never counted. */
  @Test
  void aClassThatWasCountedLongAgoIsToldAsOneThatWas() {
    double[] n = {1_000, 1e-60, 0};
    Snapshot snapshot = Snapshots.of(n, n, Snapshots.balanced(n));
    SamplingPlan plan =
        new SamplingPlan(snapshot, snapshot, Snapshots.balanced(n), hybrid(64, 0.5), 4, 0.1);

    assertThat(plan.prior()[1]).isPositive();
    assertThat(plan.known().prior()[1]).isPositive();
    assertThat(plan.prior()[2]).isZero();
  }

  /** As the defaults are: the same two numbers, whatever the classes are. */
  @Test
  void anEventIsUsedLessTheMoreEventsOfItsClassWereSeen() {
    SamplingPolicy policy =
        new SamplingPolicy(
            SamplingPolicy.Preset.HYBRID,
            WeightFormula.of("balanced"),
            new Falling(4, 1, 40_000, true),
            false,
            new Falling(64, 8, 500, false),
            0.5);
    double before = 64;
    for (double rare : new double[] {10, 100, 500, 700, 1_000, 4_000, 40_000}) {
      double[] n = {99 * rare, rare};
      Snapshot snapshot = Snapshots.of(n, n, Snapshots.balanced(n));
      double draws = policy.draws(snapshot.counts());
      SamplingPlan plan =
          new SamplingPlan(snapshot, null, Snapshots.balanced(n), policy, draws, 0.1);

      assertThat(plan.achievedDraws()).isCloseTo(draws, within(1e-9));
      assertThat(plan.uses(1)).isLessThanOrEqualTo(before);
      // What a class pays is what its weight asks for, at any number of uses.
      double common = snapshot.priors()[0] * plan.uses(0) * plan.lossWeight(0);
      double few = snapshot.priors()[1] * plan.uses(1) * plan.lossWeight(1);
      assertThat(few).isCloseTo(common, within(1e-9 * common));
      assertThat(few + common).isCloseTo(draws, within(1e-9 * draws));
      before = plan.uses(1);
    }
    assertThat(before).isEqualTo(8);
  }

  @Property(tries = 300)
  void whatAClassPaysDoesNotDependOnHowOftenItIsDrawn(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 50) int classes,
      @ForAll @DoubleRange(min = 0.1, max = 20) double draws,
      @ForAll @DoubleRange(min = 0.01, max = 1) double arrivalShare) {
    Random random = new Random(seed);
    double[] n = Arrays.stream(UsesTest.priors(random, classes)).map(p -> p * 1e6).toArray();
    double[] importance = random.doubles(classes).map(u -> 10 * u).toArray();
    double[] weighted = new double[classes];
    Arrays.setAll(weighted, c -> n[c] * importance[c]);
    double[] w = random.doubles(classes).map(u -> Math.exp(8 * u)).toArray();
    Snapshot snapshot = Snapshots.of(n, weighted, w);

    SamplingPlan plan =
        new SamplingPlan(
            snapshot,
            null,
            Snapshots.balanced(n),
            SamplingPlanTest.hybrid(64, arrivalShare),
            draws,
            0.1);

    double drawn = 0;
    double paid = 0;
    double unit = Double.NaN;
    for (int c = 0; c < classes; c++) {
      double p = snapshot.priors()[c];
      double arrivals = p * plan.arrival(c);
      double scheduled = plan.schedule()[c];
      double classPays =
          arrivals * plan.lossWeight(c) * (p > 0 ? importance[c] : 0)
              + scheduled * plan.scheduledWeight(c);
      drawn += arrivals + scheduled;
      paid += classPays;
      if (p > 0) {
        double perWeight = classPays / (p * w[c] * importance[c]);
        unit = Double.isNaN(unit) ? perWeight : unit;
        assertThat(perWeight).isCloseTo(unit, within(1e-9 * unit));
      }
    }
    assertThat(drawn).isCloseTo(plan.achievedDraws(), within(1e-9 * drawn));
    assertThat(paid / drawn).isCloseTo(1, within(1e-9));
  }

  @Test
  void aClassWithWeightThatIsNeverDrawnIsRefused() {
    Snapshot snapshot = Snapshots.balancedOf(90, 10);
    assertThatThrownBy(
            () ->
                new SamplingPlan(
                    snapshot, null, new double[] {1, 0}, SamplingPlanTest.hybrid(64, 0.5), 4, 0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'c1'")
        .hasMessageContaining("5.0");
  }

  @Test
  void aClassOfNoWeightAtAllIsNotTrainedOn() {
    Snapshot snapshot = Snapshots.of(new double[] {90, 10}, new double[] {1, 0});
    SamplingPlan plan =
        new SamplingPlan(
            snapshot, null, new double[] {1, 0}, SamplingPlanTest.hybrid(64, 0.5), 4, 0.1);
    assertThat(plan.arrival(1)).isZero();
    assertThat(plan.schedule()[1]).isZero();
    assertThat(plan.lossWeight(1)).isZero();
    assertThat(plan.lossWeight(0)).isPositive();
  }

  @Test
  void nothingCountedStillMakesAPlan() {
    SamplingPlan plan =
        new SamplingPlan(
            Snapshots.balancedOf(0, 0),
            null,
            new double[] {1, 1},
            SamplingPlanTest.hybrid(64, 0.5),
            4,
            0.1);
    assertThat(plan.lossWeight(0)).isPositive().isFinite();
    assertThat(plan.evaluation(1)).isEqualTo(1);
    assertThat(plan.schedule()).containsExactly(0, 0);
  }

  @Test
  void perBatchFormulaCarriesImportanceOverUses() {
    double[] n = {900, 100};
    Snapshot balanced = Snapshots.of(n, new double[] {900, 300}, new double[] {1, 1});
    Snapshot snapshot = Snapshots.named("batch", balanced);
    SamplingPlan plan =
        new SamplingPlan(
            snapshot, null, Snapshots.balanced(n), SamplingPlanTest.hybrid(64, 0.5), 4, 0.1);
    for (int c = 0; c < 2; c++) {
      assertThat(plan.lossWeight(c)).isEqualTo(1 / (2 * plan.arrival(c)));
    }
    assertThat(plan.scheduledWeight(1)).isEqualTo(3 * plan.lossWeight(1));
  }
}
