package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.loss.CrossEntropy;
import dev.counterweight.loss.Focal;
import dev.counterweight.loss.Ldam;
import dev.counterweight.loss.LogitAdjusted;
import dev.counterweight.loss.Loss;
import dev.counterweight.loss.Softmax;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Each loss's scores are driven to the least loss on events that all look alike; what is served
 * must then be how often each class comes.
 */
class ServedProbabilitiesTest {
  private static final float[] PRIOR = {0.7f, 0.2f, 0.1f};
  private static final float[] WEIGHTS = {0.5f, 2, 5};

  @Test
  void whatIsServedIsTheStreamsOwnDistributionUnderEveryProperLoss() {
    for (Loss loss :
        List.of(
            new CrossEntropy(3, 0),
            new CrossEntropy(3, 0.1),
            new Focal(3, 2),
            new Focal(3, 0.5),
            new LogitAdjusted(3, 1, 0),
            new LogitAdjusted(3, 0.5, 0.05))) {
      assertThat(served(loss, false, WEIGHTS))
          .as(loss.getClass().getSimpleName())
          .containsExactly(new double[] {0.7, 0.2, 0.1}, within(1e-3));
    }
  }

  @Test
  void weightsWorkedOutOnTheSliceAreDividedOutAsBalancedOnes() {
    float[] balanced = {1 / 2.1f, 1 / 0.6f, 1 / 0.3f};
    ServedProbabilities served = new ServedProbabilities(new CrossEntropy(3, 0), true, 3);
    served.observe(PRIOR, new float[] {1, 1, 1});
    double[] p = new double[3];

    served.of(minimum(new CrossEntropy(3, 0), balanced), 0, p);

    assertThat(p).containsExactly(new double[] {0.7, 0.2, 0.1}, within(1e-3));
  }

  @Test
  void weightsOfAClassNextToNothingStayNumbers() {
    float[] prior = {1, Float.MIN_NORMAL, 0};
    for (ServedProbabilities served :
        List.of(
            new ServedProbabilities(new CrossEntropy(3, 0), true, 3),
            new ServedProbabilities(new LogitAdjusted(3, 80, 0), false, 3))) {
      served.observe(prior, new float[] {0.5f, 1, 1});

      for (double weight : served.decisionWeights()) {
        assertThat(weight).isBetween(0.0, 2e9);
      }
      assertThat(served.decisionWeights()[2]).isZero();
    }
  }

  @Test
  void decisionsOfLdamRestOnScaledScoresAndSoDoServedOnes() {
    ServedProbabilities served = new ServedProbabilities(new Ldam(2, 0.5, 30), false, 2);
    served.observe(new float[] {0.9f, 0.1f}, new float[] {1, 6});
    float[] logits = {9, 9, 0, (float) Math.log(3) / 30};
    double[] p = new double[2];

    served.raw(logits, 1, p);
    assertThat(p[1]).isCloseTo(0.75, within(1e-6));
    served.of(logits, 1, p);
    assertThat(p[1]).isCloseTo(1 / 3.0, within(1e-6));
  }

  @Test
  void decisionsOfLogitAdjustedScoresTakeNoNoticeOfThePrior() {
    ServedProbabilities served = new ServedProbabilities(new LogitAdjusted(2, 1, 0), false, 2);
    served.observe(new float[] {0.75f, 0.25f}, new float[] {1, 1});
    double[] p = new double[2];

    served.raw(new float[] {0, 0}, 0, p);
    assertThat(p).containsExactly(0.5, 0.5);
    served.of(new float[] {0, 0}, 0, p);
    assertThat(p[0]).isCloseTo(0.75, within(1e-6));
  }

  @Test
  void aClassWithoutWeightIsServedNothing() {
    ServedProbabilities served = new ServedProbabilities(new LogitAdjusted(3, 1, 0), false, 3);
    served.observe(new float[] {0.5f, 0.4f, 0.1f}, new float[] {1, 0, 1});
    double[] p = new double[3];

    served.of(new float[] {0, 0, 0}, 0, p);
    served.share(p);

    assertThat(p[1]).isZero();
    assertThat(p[2]).isPositive();
  }

  @Test
  void aClassThatIsNotCountedIsToldAsStatedAndNeverDecidedForWhateverItsScore() {
    float[] prior = {0.8f, 0.2f, 0, 0};
    float[] weights = {1, 4, 9, 9};
    for (Loss loss :
        List.of(
            new CrossEntropy(4, 0),
            new CrossEntropy(4, 0.1),
            new Focal(4, 2),
            new LogitAdjusted(4, 1, 0.1),
            new Ldam(4, 0.5, 3))) {
      ServedProbabilities served = new ServedProbabilities(loss, false, 4);
      served.observe(prior, weights);
      double[] high = new double[4];
      double[] low = new double[4];
      double[] raw = new double[4];

      served.of(new float[] {1, 2, 90, -90}, 0, high);
      served.share(high);
      served.of(new float[] {1, 2, -90, 90}, 0, low);
      served.share(low);
      served.raw(new float[] {1, 2, 90, -90}, 0, raw);

      assertThat(high).as(loss.getClass().getSimpleName()).containsExactly(low);
      assertThat(high[2]).isEqualTo(ServedProbabilities.UNCOUNTED);
      assertThat(Arrays.stream(high).sum()).isCloseTo(1, within(1e-12));
      assertThat(raw[2]).isZero();
      assertThat(served.decisionWeights()).endsWith(0, 0);
    }
  }

  @Test
  void aClassThatTheModelHasLearntFromIsServedBeforeASnapshotHasCountedIt() {
    for (boolean perSlice : new boolean[] {false, true}) {
      ServedProbabilities served = new ServedProbabilities(new CrossEntropy(3, 0), perSlice, 3);
      served.observe(new float[] {0.8f, 0.2f, 0}, new float[] {1, 4, 4}, new long[] {9, 9, 1});
      double[] p = new double[3];

      served.of(new float[] {0, 1, 1}, 0, p);
      served.share(p);

      assertThat(p[2]).isEqualTo(p[1]);
      assertThat(served.decisionWeights()[2]).isEqualTo(served.decisionWeights()[1]);
    }
  }

  @Test
  void smoothingIsUndoneOverTheClassesThatAreCounted() {
    double[] two = new double[2];
    ServedProbabilities ofTwo = new ServedProbabilities(new CrossEntropy(2, 0.2), false, 2);
    ofTwo.observe(new float[] {0.5f, 0.5f}, new float[] {1, 1});
    ofTwo.of(new float[] {0, 1}, 0, two);
    double[] three = new double[3];
    ServedProbabilities ofThree = new ServedProbabilities(new CrossEntropy(3, 0.2), false, 3);
    ofThree.observe(new float[] {0.5f, 0.5f, 0}, new float[] {1, 1, 1});
    ofThree.of(new float[] {0, 1, 7}, 0, three);

    assertThat(Arrays.copyOf(three, 2)).containsExactly(two);
  }

  @Test
  void aSureScoreStaysANumber() {
    for (Loss loss : List.of(new Focal(2, 2), new Focal(2, 0.5), new CrossEntropy(2, 0.1))) {
      ServedProbabilities served = new ServedProbabilities(loss, false, 2);
      served.observe(new float[] {0.5f, 0.5f}, new float[] {1, 1});
      double[] p = new double[2];

      served.of(new float[] {2000, 0}, 0, p);

      assertThat(p[0]).isCloseTo(1, within(1e-5));
      assertThat(p[0] + p[1]).isCloseTo(1, within(1e-12));
    }
  }

  private static double[] served(Loss loss, boolean perSlice, float[] weights) {
    loss.observe(PRIOR, weights);
    ServedProbabilities served = new ServedProbabilities(loss, perSlice, 3);
    served.observe(PRIOR, weights);
    double[] p = new double[3];
    served.of(minimum(loss, weights), 0, p);
    return p;
  }

  /** Scores of least expected loss, by gradient descent. */
  private static float[] minimum(Loss loss, float[] weights) {
    float[] z = new float[3];
    float[] ones = {1, 1, 1};
    double[] row = new double[3];
    for (int step = 0; step < 20_000; step++) {
      double[] sum = new double[3];
      for (int label = 0; label < 3; label++) {
        System.arraycopy(new double[] {z[0], z[1], z[2]}, 0, row, 0, 3);
        loss.row(row, label, ones);
        for (int c = 0; c < 3; c++) {
          sum[c] += PRIOR[label] * weights[label] * row[c];
        }
      }
      for (int c = 0; c < 3; c++) {
        z[c] -= (float) sum[c];
      }
    }
    assertThat(Arrays.stream(new double[] {z[0], z[1], z[2]}).allMatch(Double::isFinite)).isTrue();
    return z;
  }

  @Test
  void severalCandidatesAreMixedByWhatEachGivesTheStream() {
    Loss loss = new LogitAdjusted(3, 0.5, 0.05);
    float[] logits = new float[2 * 3 * 3];
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    logits[9 + 4] = Float.NaN; // of the second row, a candidate that does not count
    double[] shares = {0.7, 0, 0.3};
    double[] given = new double[3];
    double[] raw = new double[3];
    double[] told = new double[3];
    for (int j = 0; j < 3; j += 2) {
      double[] z = {logits[9 + 3 * j], logits[9 + 3 * j + 1], logits[9 + 3 * j + 2]};
      double[] own = z.clone();
      loss.observe(PRIOR, WEIGHTS);
      loss.probabilities(own);
      told[j] = own[1];
      Softmax.replace(z);
      double sum = own[0] / WEIGHTS[0] + own[1] / WEIGHTS[1] + own[2] / WEIGHTS[2];
      for (int c = 0; c < 3; c++) {
        given[c] += shares[j] * own[c] / WEIGHTS[c] / sum;
        raw[c] += shares[j] * z[c];
      }
    }

    ServedProbabilities served = new ServedProbabilities(new LogitAdjusted(3, 0.5, 0.05), false, 3);
    served.observe(PRIOR, WEIGHTS);
    served.mix(shares);
    double[] p = new double[3];
    served.of(logits, 1, p);
    assertThat(p).containsExactly(given, within(1e-15));
    served.raw(logits, 1, p);
    assertThat(p).containsExactly(raw, within(1e-15));
    served.told(logits, 1, 1, p);
    assertThat(p).containsExactly(told[0], Double.NaN, told[2]);
    assertThat(served.finite(logits, 1)).isTrue();
    logits[17] = Float.POSITIVE_INFINITY;
    assertThat(served.finite(logits, 1)).isFalse();
    assertThat(served.finite(logits, 0)).isTrue();
  }

  @Test
  void oneCandidateOfShareOneIsToTheBitAsOneAlone() {
    SplittableRandom random = new SplittableRandom(5);
    ServedProbabilities alone = new ServedProbabilities(new CrossEntropy(3, 0.1), false, 3);
    ServedProbabilities mixed = new ServedProbabilities(new CrossEntropy(3, 0.1), false, 3);
    alone.observe(PRIOR, WEIGHTS);
    mixed.observe(PRIOR, WEIGHTS);
    mixed.mix(new double[] {0, 1});
    double[] a = new double[3];
    double[] b = new double[3];
    for (int i = 0; i < 100; i++) {
      float[] logits = new float[6];
      for (int c = 3; c < 6; c++) {
        logits[c] = (float) random.nextGaussian() * 9;
      }
      float[] own = Arrays.copyOfRange(logits, 3, 6);
      alone.of(own, 0, a);
      mixed.of(logits, 0, b);
      assertThat(b).isEqualTo(a);
      alone.raw(own, 0, a);
      mixed.raw(logits, 0, b);
      assertThat(b).isEqualTo(a);
    }
  }

  /** One that is slow to see a flood of a class of a large weight leaves the others a little. */
  @Test
  void aCandidateThatLagsDoesNotOutvoteTheOthersThroughWeights() {
    ServedProbabilities served = new ServedProbabilities(new CrossEntropy(2, 0), false, 2);
    served.observe(new float[] {0.9999f, 0.0001f}, new float[] {0.5f, 5_000});
    served.mix(new double[] {0.5, 0.5});
    double[] p = new double[2];

    served.of(new float[] {-20, 20, 0, 5}, 0, p);

    assertThat(p[1]).isGreaterThan(0.5);
  }
}
