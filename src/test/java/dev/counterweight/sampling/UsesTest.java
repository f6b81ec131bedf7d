package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.sampler.Snapshots;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class UsesTest {

  @Property(tries = 800)
  void drawsAnEventAreExactlyAsAskedOrAsManyAsTheCapsAllow(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 1000) int classes,
      @ForAll @DoubleRange(min = 0.01, max = 40) double draws,
      @ForAll @DoubleRange(min = 1, max = 64) double maxUses,
      @ForAll boolean someOfWeightZero) {
    Random random = new Random(seed);
    double[] priors = priors(random, classes);
    double[] sampling = new double[classes];
    double most = 0;
    for (int c = 0; c < classes; c++) {
      boolean zero = someOfWeightZero && random.nextInt(4) == 0;
      sampling[c] = zero ? 0 : Math.exp(12 * random.nextDouble() - 6);
      most += zero ? 0 : maxUses * priors[c];
    }

    Uses uses = Uses.solve(priors, sampling, draws, maxUses);

    double wanted = Math.min(draws, most);
    assertThat(uses.achieved()).isCloseTo(wanted, within(1e-9 * wanted));
    double scale = bisected(priors, sampling, draws, maxUses);
    for (int c = 0; c < classes; c++) {
      assertThat(uses.perClass()[c]).isLessThanOrEqualTo(maxUses);
      if (sampling[c] == 0) {
        assertThat(uses.perClass()[c]).isZero();
      } else if (draws < most * 0.999) {
        double expected = Math.min(maxUses, scale * sampling[c]);
        assertThat(uses.perClass()[c]).isCloseTo(expected, within(1e-6 * expected));
      } else if (draws > most * 1.001) {
        assertThat(uses.perClass()[c]).isEqualTo(maxUses);
      }
    }
  }

  @Property(tries = 500)
  void everyDrawnClassIsUsedHoweverRareWhenTheCapsAllowNoMoreThanIsAskedFor(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 50) int classes,
      @ForAll @DoubleRange(min = 0.5, max = 64) double maxUses,
      @ForAll boolean alike) {
    Random random = new Random(seed);
    double[] counts = random.doubles(classes).map(u -> Math.pow(10, 45 * u - 40)).toArray();
    double sum = Arrays.stream(counts).sum();
    double[] priors = Arrays.stream(counts).map(n -> n / sum).toArray();
    double[] sampling =
        random.doubles(classes).map(u -> alike ? 1 : Math.pow(10, 8 * u - 4)).toArray();

    Uses uses = Uses.solve(priors, sampling, maxUses, maxUses);

    assertThat(uses.achieved()).isCloseTo(maxUses, within(1e-9 * maxUses));
    for (double use : uses.perClass()) {
      assertThat(use).isCloseTo(maxUses, within(1e-9 * maxUses));
    }
  }

  @Test
  void aClassBelowTheRoundingOfTheOthersDoesNotStopTheDraws() {
    double[] n = {19538, 83239, 78689, 1e-40};
    double sum = Arrays.stream(n).sum();
    double[] priors = Arrays.stream(n).map(count -> count / sum).toArray();

    Uses uses = Uses.solve(priors, new double[] {1, 1, 1, 1}, 1, 1);

    assertThat(uses.perClass()).containsExactly(1, 1, 1, 1);
  }

  @Test
  void oneClassTakesAllDraws() {
    Uses uses = Uses.solve(new double[] {1, 0}, new double[] {0.5, 0.5}, 4, 64);
    assertThat(uses.perClass()[0]).isEqualTo(4);
    assertThat(uses.achieved()).isEqualTo(4);
  }

  @Test
  void classNotSeenTakesNoPartInTheBudget() {
    Uses uses = Uses.solve(new double[] {0.9, 0.1, 0}, new double[] {0.5, 4.5, 4.5}, 2, 64);
    assertThat(0.9 * uses.perClass()[0] + 0.1 * uses.perClass()[1]).isCloseTo(2, within(1e-12));
    assertThat(uses.perClass()[2]).isEqualTo(uses.perClass()[1]);
  }

  @Test
  void classOfSamplingWeightZeroIsNotDrawn() {
    Uses uses = Uses.solve(new double[] {0.5, 0.5}, new double[] {0, 1}, 4, 64);
    assertThat(uses.perClass()).containsExactly(0, 8);
  }

  @Test
  void capsThatCannotBeMetAreReported() {
    Uses uses = Uses.solve(new double[] {0.5, 0.5}, new double[] {0, 1}, 4, 2);
    assertThat(uses.perClass()).containsExactly(0, 2);
    assertThat(uses.achieved()).isEqualTo(1);
  }

  @Test
  void nothingCountedDrawsWhatTheCapAllows() {
    Uses uses = Uses.solve(new double[] {0, 0}, new double[] {1, 1}, 4, 64);
    assertThat(uses.perClass()).containsExactly(64, 64);
    assertThat(uses.achieved()).isZero();
  }

  @Property(tries = 300)
  void undersamplingUsesNoEventMoreThanOnceAndOversamplingEachAtLeastOnce(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 1000) int classes) {
    Random random = new Random(seed);
    double[] priors = priors(random, classes);
    double[] sampling = random.doubles(classes).map(u -> Math.exp(8 * u - 4)).toArray();
    double[] under = Uses.atMostOnce(priors, sampling).perClass();
    double[] over = Uses.atLeastOnce(priors, sampling).perClass();
    double most = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      assertThat(under[c]).isLessThanOrEqualTo(1);
      if (priors[c] > 0) {
        most = Math.max(most, under[c]);
        least = Math.min(least, over[c]);
        assertThat(over[c] / under[c])
            .as("the shares of the classes are the same either way")
            .isCloseTo(over[0] / under[0], within(1e-9 * over[0] / under[0]));
      }
    }
    assertThat(most).isEqualTo(1);
    assertThat(least).isEqualTo(1);
  }

  @Test
  void budgetWithoutCapSharesOutAllDraws() {
    double[] priors = {0.99, 0.01, 0};
    Uses uses = Uses.solve(priors, new double[] {0.5, 50, 50}, 1, Double.POSITIVE_INFINITY);
    assertThat(uses.achieved()).isCloseTo(1, within(1e-12));
    assertThat(uses.perClass()[1]).isCloseTo(100 * uses.perClass()[0], within(1e-9));
    assertThat(
            Uses.solve(new double[2], new double[] {1, 2}, 1, Double.POSITIVE_INFINITY).perClass())
        .containsExactly(1, 2);
  }

  @Test
  void streamAsItIsUsesEveryEventExactlyOnce() {
    double[] priors = {0.7, 0.2, 0.1};
    double[] none = {1, 1, 1};
    assertThat(Uses.atMostOnce(priors, none).perClass()).containsExactly(1, 1, 1);
  }

  @Property(tries = 500)
  void drawsAreSharedOutBelowACapForEachClass(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 50) int classes,
      @ForAll @DoubleRange(min = 0.01, max = 40) double draws) {
    Random random = new Random(seed);
    double[] priors = priors(random, classes);
    double[] sampling = random.doubles(classes).map(u -> Math.exp(12 * u - 6)).toArray();
    double[] caps = random.doubles(classes).map(u -> 1 + 63 * u).toArray();
    double most = 0;
    for (int c = 0; c < classes; c++) {
      most += priors[c] * caps[c];
    }

    Uses uses = Uses.solve(priors, sampling, draws, caps);

    double wanted = Math.min(draws, most);
    assertThat(uses.achieved()).isCloseTo(wanted, within(1e-9 * wanted));
    // One s for all that are below their caps; at the cap, s would ask for more.
    double scale = Double.NaN;
    double atCap = Double.POSITIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      double r = uses.perClass()[c];
      assertThat(r).isLessThanOrEqualTo(caps[c]);
      if (r == caps[c]) {
        atCap = Math.min(atCap, r / sampling[c]);
      } else {
        double s = r / sampling[c];
        assertThat(s).isCloseTo(Double.isNaN(scale) ? s : scale, within(1e-9 * s));
        scale = s;
      }
    }
    assertThat(
            atCap <= scale * (1 + 1e-9) || atCap == Double.POSITIVE_INFINITY || Double.isNaN(scale))
        .isTrue();
  }

  @Test
  void leastDrawsUseAnEventOfEveryRareClassOnce() {
    double[] priors = {0.9, 0.08, 0.02, 0};
    double[] v = Snapshots.balanced(priors);
    double least = Uses.leastDraws(priors, v, caps(4, 64));
    Uses uses = Uses.solve(priors, v, least, 64);
    assertThat(uses.perClass()[1]).isCloseTo(1, within(1e-9));
    assertThat(uses.perClass()[2]).isGreaterThan(1);
    assertThat(least).isCloseTo(3 * 0.08, within(1e-9));
    double[] even = {0.5, 0.3, 0.2};
    assertThat(Uses.leastDraws(even, Snapshots.balanced(even), caps(even.length, 64))).isZero();
    assertThat(Uses.leastDraws(new double[2], new double[] {1, 1}, caps(2, 64))).isZero();
  }

  @Test
  void classesOfSamplingWeightZeroStayOut() {
    double[] priors = {0.7, 0.3};
    double[] sampling = {0, 2};
    assertThat(Uses.atMostOnce(priors, sampling).perClass()).containsExactly(0, 1);
    assertThat(Uses.atLeastOnce(priors, sampling).perClass()).containsExactly(0, 1);
    assertThat(Uses.atLeastOnce(new double[2], sampling).perClass()).containsExactly(0, 1);
  }

  static double[] priors(Random random, int classes) {
    double[] counts = new double[classes];
    for (int c = 0; c < classes; c++) {
      counts[c] = c > 0 && random.nextInt(5) == 0 ? 0 : Math.exp(15 * random.nextDouble());
    }
    double total = Arrays.stream(counts).sum();
    return Arrays.stream(counts).map(count -> count / total).toArray();
  }

  private static double bisected(double[] p, double[] v, double draws, double maxUses) {
    double low = 0;
    double high = 1e12;
    for (int i = 0; i < 300; i++) {
      double middle = (low + high) / 2;
      double sum = 0;
      for (int c = 0; c < p.length; c++) {
        sum += p[c] * Math.min(maxUses, middle * v[c]);
      }
      if (sum < draws) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private static double[] caps(int classes, double cap) {
    double[] caps = new double[classes];
    Arrays.fill(caps, cap);
    return caps;
  }
}
