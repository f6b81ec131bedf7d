package dev.counterweight.payments;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A distribution over indices. Immutable. */
final class Choice {
  private final double[] upTo;

  private Choice(double[] weights) {
    double all = Arrays.stream(weights).sum();
    double sum = 0;
    this.upTo = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      upTo[i] = sum / all;
    }
  }

  /** Probabilities in proportion to weights. */
  static Choice of(double... weights) {
    return new Choice(weights);
  }

  /** Zipf's: the r-th has a weight of 1 / r. */
  static Choice zipf(int size) {
    double[] weights = new double[size];
    for (int i = 0; i < size; i++) {
      weights[i] = 1.0 / (i + 1);
    }
    return new Choice(weights);
  }

  int draw(SplittableRandom random) {
    int at = Arrays.binarySearch(upTo, random.nextDouble());
    return Math.min(upTo.length - 1, at < 0 ? -at - 1 : at + 1);
  }

  double probability(int index) {
    return upTo[index] - (index == 0 ? 0 : upTo[index - 1]);
  }
}
