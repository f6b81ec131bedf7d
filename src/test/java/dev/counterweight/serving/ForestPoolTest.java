package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForestPoolTest {
  private static final float[] WEIGHTS = {0.5f, 2, 4};

  private final Random random = new Random(3);

  /** Each quantity by itself, in the order of the definition. */
  @Test
  void aRowBecomesTheProductOfPowersOfBalancedOddsWithTheWeightsDividedOut() {
    ForestPool pool = new ForestPool(3, new ForestShares(0.7, 0.4, 0.1));
    pool.observe(WEIGHTS);
    double[] served = {0.8, 0.15, 0.05};
    double[] views = {0.2, 0.3, 0.5, 0.6, 0.3, 0.1};
    double[] odds = new double[3];
    double balanced = 0.8 * 0.5 + 0.15 * 2 + 0.05 * 4;
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      double own = served[c] * WEIGHTS[c] / balanced;
      odds[c] =
          Math.pow(own, 0.7) * Math.pow(views[c], 0.4) * Math.pow(views[3 + c], 0.1) / WEIGHTS[c];
      sum += odds[c];
    }

    pool.apply(served, views, 0, served);

    for (int c = 0; c < 3; c++) {
      assertThat(served[c]).isCloseTo(odds[c] / sum, within(1e-12));
    }
  }

  @Test
  void whoeverKnowsMoreCountsMore() {
    ForestPool pool = new ForestPool(3);
    pool.observe(WEIGHTS);
    for (int i = 0; i < 4_000; i++) {
      int label = random.nextInt(3);
      pool.learn(noise(), views(label), 0, label, 1);
    }
    ForestShares shares = pool.shares();
    assertThat(shares.networks()).isLessThan(0.3);
    assertThat(shares.slow()).isGreaterThan(0.6);
    assertThat(shares.quick()).as("says nothing, either").isLessThan(0.3);
  }

  /** A step of AdaGrad, whose sums of squares begin at 1. */
  @Test
  void aRowOfOneClassInThreeHundredCountsForAllThatItsWeightSays() {
    float[] weights = {0.5f, 150};
    double[] views = {0.4, 0.6, 0.7, 0.3};
    double rows = 1e-4;
    ForestPool pool = new ForestPool(2);
    pool.observe(weights);

    pool.learn(new double[] {0.99, 0.01}, views, 0, 1, rows);

    double own = 0.01 * 150 / (0.99 * 0.5 + 0.01 * 150);
    double common = Math.pow(1 - own, 0.8) * Math.pow(0.4, 0.3);
    double rare = Math.pow(own, 0.8) * Math.pow(0.6, 0.3);
    double missing = common / (common + rare);
    double counts = rows * 150 * (1 / 0.5 + 1 / 150.0) / 2;
    assertThat(pool.shares().networks())
        .isCloseTo(
            0.8 - step(counts * missing * (Math.log(1 - own) - Math.log(own))), within(1e-9));
    assertThat(pool.shares().slow())
        .isCloseTo(0.3 - step(counts * missing * (Math.log(0.4) - Math.log(0.6))), within(1e-9));
  }

  private static double step(double gradient) {
    return 0.02 * gradient / Math.sqrt(1 + gradient * gradient);
  }

  @Test
  void goesOnFromItsStateBitForBit() {
    ForestPool pool = new ForestPool(3);
    ForestPool other = new ForestPool(3);
    for (int i = 0; i < 200; i++) {
      int label = random.nextInt(3);
      double[] served = noise();
      double[] views = views(label);
      if (i == 100) {
        other.restore(pool.state());
      }
      pool.learn(served, views, 0, label, 1);
      if (i >= 100) {
        other.learn(served, views, 0, label, 1);
      }
    }
    assertThat(new SafeTensors(other.state()).toBytes())
        .isEqualTo(new SafeTensors(pool.state()).toBytes());
  }

  @Test
  void aPowerBelowZeroIsRefused() {
    SortedMap<String, Tensor> state = new ForestPool(3).state();
    state.put("forest.pool.parameters", new Tensor.F64(new double[] {0.8, -0.1, 0}, 3));
    assertThatThrownBy(() -> new ForestPool(3).restore(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("'forest.pool.parameters' is -0.1");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 3.01, Double.NaN})
  void sharesThatCannotBeAreRefused(double share) {
    assertThatThrownBy(() -> new ForestShares(0.8, share, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("probabilities.forest.slow is " + share);
  }

  /** Balanced odds of 1/3 each, but for chance. */
  private double[] noise() {
    double[] served = new double[3];
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      served[c] = Math.exp(random.nextGaussian()) / WEIGHTS[c];
      sum += served[c];
    }
    for (int c = 0; c < 3; c++) {
      served[c] /= sum;
    }
    return served;
  }

  /** Slow knows the label fairly well; quick is noise. */
  private double[] views(int label) {
    double[] views = new double[6];
    double[] noise = noise();
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      views[c] = Math.exp(0.5 * random.nextGaussian() + (c == label ? 2 : 0));
      sum += views[c];
      views[3 + c] = noise[c];
    }
    for (int c = 0; c < 3; c++) {
      views[c] /= sum;
    }
    return views;
  }
}
