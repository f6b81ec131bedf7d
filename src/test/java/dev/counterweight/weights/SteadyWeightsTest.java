package dev.counterweight.weights;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SteadyWeightsTest {

  @Test
  void allWeightsMoveTogetherOnceOneIsOffByMoreThanTheShare() {
    SteadyWeights steady = new SteadyWeights(0.1);

    assertThat(steady.next(new double[] {1, 10})).containsExactly(1, 10);
    assertThat(steady.next(new double[] {1.05, 10.9})).containsExactly(1, 10);
    assertThat(steady.next(new double[] {1.05, 11.1})).containsExactly(1.05, 11.1);
    assertThat(steady.next(new double[] {0.96, 11.1})).containsExactly(1.05, 11.1);
  }

  @Test
  void slowDriftIsMeasuredFromWhatWasPublished() {
    SteadyWeights steady = new SteadyWeights(0.1);
    steady.next(new double[] {1});

    for (double w = 1.02; w < 1.1; w += 0.02) {
      assertThat(steady.next(new double[] {w})).containsExactly(1);
    }
    assertThat(steady.next(new double[] {1.12})).containsExactly(1.12);
  }

  @Test
  void aWeightThatBecomesZeroOrWasZeroAlwaysMoves() {
    SteadyWeights steady = new SteadyWeights(0.99);
    steady.next(new double[] {1, 1});

    assertThat(steady.next(new double[] {1, 0})).containsExactly(1, 0);
    assertThat(steady.next(new double[] {1, 1e-9})).containsExactly(1, 1e-9);
  }

  @Test
  void zeroLetsEveryChangeThrough() {
    SteadyWeights steady = new SteadyWeights(0);
    steady.next(new double[] {1});

    assertThat(steady.next(new double[] {Math.nextUp(1.0)})).containsExactly(Math.nextUp(1.0));
  }

  @Test
  void itGoesOnFromWhatWasPublishedBefore() {
    SteadyWeights steady = new SteadyWeights(0.1);
    steady.resume(new double[] {2});

    assertThat(steady.next(new double[] {2.1})).containsExactly(2);
  }
}
