package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.loss.LossConfig;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BalancedOddsTest {
  private static final double[] WEIGHTS = {0.5, 20};
  private static final double[] FOR_FIRST = {0.99, 0.01};
  private static final double[] FOR_SECOND = {0.5, 0.5};

  /** The weights stand for the pool: the same class by either. */
  @Property(tries = 300)
  void theWeightsDecideAsThePoolOfBothOddsDoes(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 9) int classes,
      @ForAll @DoubleRange(min = 0.1, max = 4) double temperature) {
    Random random = new Random(seed);
    BalancedOdds odds = trusting(random.nextDouble(), classes);
    double[] weights = random.doubles(classes).map(u -> StrictMath.exp(6 * u - 3)).toArray();
    double[] biases = random.doubles(classes, -8, 8).toArray();
    double[] plain = shared(random.doubles(classes).map(u -> u * u * u + 1e-9).toArray());
    double[] corrected = new double[classes];
    new Correction(temperature, biases).apply(plain, corrected);

    double[] by = odds.weights(weights, temperature, biases);

    double[] pool = new double[classes];
    double[] told = new double[classes];
    for (int c = 0; c < classes; c++) {
      pool[c] =
          Math.log(weights[c])
              + odds.trust() * Math.log(corrected[c])
              + (1 - odds.trust()) * Math.log(plain[c]);
      told[c] = Math.log(corrected[c]) + Math.log(by[c]);
    }
    assertThat(DecisionRule.largest(told, DecisionRule.NONE))
        .isEqualTo(DecisionRule.largest(pool, DecisionRule.NONE));
    assertThat(
            new DecisionRule(new DecisionConfig.Balanced(), names(classes))
                .of(plain, corrected, by, Double.NaN))
        .isEqualTo(DecisionRule.largest(pool, DecisionRule.NONE));
  }

  @Test
  void aCalibratorThatChangesNothingLeavesTheWeightsAsTheyAre() {
    double[] weights = {0.5, 20, 0};
    assertThat(new BalancedOdds(3, true).weights(weights, 1, new double[3]))
        .containsExactly(weights, within(1e-12));
  }

  @Test
  void itBeginsHalfWay() {
    assertThat(new BalancedOdds(2, true).trust()).isEqualTo(0.5);
    BalancedOdds odds = new BalancedOdds(2, true);
    odds.refresh();
    assertThat(odds.trust()).isEqualTo(0.5);
  }

  @Test
  void itFollowsWhicheverToldTheNewestRowsBetterWithinAsManyRowsOfEachClass() {
    BalancedOdds odds = new BalancedOdds(2, true);
    // To balance the classes 40 times as much is made of the second: for it, 0.5 says more.
    learn(odds, 500, FOR_SECOND, FOR_FIRST, 1);
    learn(odds, 500, FOR_FIRST, FOR_SECOND, 0);
    assertThat(odds.trust()).isGreaterThan(0.97);
    for (int row = 0; row < 2 * BalancedOdds.WINDOW; row++) {
      learn(odds, 1, FOR_FIRST, FOR_SECOND, 1);
      learn(odds, 1, FOR_SECOND, FOR_FIRST, 0);
    }
    assertThat(odds.trust()).isLessThan(0.3);
    for (int row = 0; row < 10 * BalancedOdds.WINDOW; row++) {
      learn(odds, 1, FOR_FIRST, FOR_SECOND, 1);
      learn(odds, 1, FOR_SECOND, FOR_FIRST, 0);
    }
    assertThat(odds.trust()).isLessThan(0.02).isGreaterThanOrEqualTo(BalancedOdds.FLOOR);
  }

  @Test
  void aRareClassHasAsMuchOfASayAsACommonOne() {
    BalancedOdds odds = new BalancedOdds(2, true);
    for (int row = 0; row < 2000; row++) {
      // The common class says that the correction is right, the rare one that it is wrong.
      odds.learn(new double[] {0.99, 0.01}, new double[] {0.9, 0.1}, WEIGHTS, 0);
      if (row % 40 == 0) {
        odds.learn(new double[] {0.99, 0.01}, new double[] {0.9, 0.1}, WEIGHTS, 1);
      }
      odds.refresh();
    }
    assertThat(odds.trust()).isBetween(0.2, 0.8);
  }

  @Test
  void aRowOfAClassThatIsNotDecidedForTeachesNothing() {
    BalancedOdds odds = new BalancedOdds(2, true);
    odds.learn(FOR_FIRST, FOR_SECOND, new double[] {1, 0}, 1);
    odds.refresh();
    assertThat(odds.trust()).isEqualTo(0.5);
  }

  @Test
  void withoutACalibratorWeightsStayAndThereIsNoState() {
    BalancedOdds odds = new BalancedOdds(2, false);
    ServedProbabilities by =
        ServedProbabilities.of(
            new LossConfig(
                LossConfig.Kind.CROSS_ENTROPY,
                2,
                0,
                0,
                0.5,
                1,
                LossConfig.Reduction.BATCH_MEAN,
                false),
            2);
    by.observe(new float[] {0.9f, 0.1f}, new float[] {0.6f, 5});
    assertThat(odds.weights(by, new Calibrator(2))).isSameAs(by.decisionWeights());
    assertThat(odds.state()).isEmpty();
  }

  @Test
  void itGoesOnAsItWasSavedAndFromAStateBeforeItFromTheBeginning() {
    BalancedOdds odds = new BalancedOdds(2, true);
    SplittableRandom random = new SplittableRandom(3);
    some(odds, random, 300);
    BalancedOdds restored = new BalancedOdds(2, true);
    restored.restore(odds.state());
    some(odds, new SplittableRandom(4), 70);
    some(restored, new SplittableRandom(4), 70);
    assertThat(restored.trust()).isEqualTo(odds.trust()).isNotEqualTo(0.5);

    BalancedOdds old = new BalancedOdds(2, true);
    old.restore(new TreeMap<>());
    assertThat(old.trust()).isEqualTo(0.5);
  }

  @Test
  void aStateThatCannotBeIsRefused() {
    BalancedOdds odds = new BalancedOdds(1, true);
    SortedMap<String, Tensor> state = odds.state();
    state.put("decisions.trust", new Tensor.F64(new double[] {1.5, 0}, 2));
    assertThatThrownBy(() -> odds.restore(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("decisions.trust")
        .hasMessageContaining("1.5");
    state.remove("decisions.trust");
    state.put("decisions.trust", new Tensor.F64(new double[] {0.5, 0}, 2));
    state.put("decisions.rows", new Tensor.F64(new double[] {-1}, 1));
    assertThatThrownBy(() -> odds.restore(state)).hasMessageContaining("decisions.rows");
  }

  private static void some(BalancedOdds odds, SplittableRandom random, int rows) {
    for (int row = 0; row < rows; row++) {
      double with = random.nextDouble();
      double without = random.nextDouble();
      odds.learn(
          new double[] {1 - with, with},
          new double[] {1 - without, without},
          WEIGHTS,
          random.nextDouble() < with ? 1 : 0);
      odds.refresh();
    }
  }

  private static void learn(
      BalancedOdds odds, int rows, double[] corrected, double[] plain, int label) {
    for (int row = 0; row < rows; row++) {
      odds.learn(corrected, plain, WEIGHTS, label);
      odds.refresh();
    }
  }

  private static BalancedOdds trusting(double trust, int classes) {
    BalancedOdds odds = new BalancedOdds(classes, true);
    SortedMap<String, Tensor> state = odds.state();
    double[] values = new double[1 + classes];
    values[0] = trust;
    state.put("decisions.trust", new Tensor.F64(values, values.length));
    odds.restore(state);
    return odds;
  }

  private static List<String> names(int classes) {
    return IntStream.range(0, classes).mapToObj(c -> "c" + c).toList();
  }

  private static double[] shared(double[] values) {
    double sum = Arrays.stream(values).sum();
    return Arrays.stream(values).map(v -> v / sum).toArray();
  }
}
