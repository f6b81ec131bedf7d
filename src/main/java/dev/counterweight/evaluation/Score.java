package dev.counterweight.evaluation;

/**
 * A probability p as a number that keeps its digits at both ends: p itself up to 1/2, above it -(1
 * - p), where 1 - p is the sum of the other classes', which cancels nothing. Models are sure of
 * common classes, and rows at 1 - 1e-9 and 1 - 1e-12 are apart as those at 1e-9 and 1e-12 are.
 */
final class Score {
  private static final int HALF = Float.floatToRawIntBits(0.5f);

  private Score() {}

  /** Of class {@code c}, of K probabilities that sum to 1. */
  static double of(double[] probabilities, int c) {
    double p = probabilities[c];
    if (p <= 0.5) {
      return p;
    }
    double rest = 0;
    for (int other = 0; other < probabilities.length; other++) {
      rest += other == c ? 0 : probabilities[other];
    }
    return -rest;
  }

  /** The probability of a score; -0 is 1. */
  static double probability(double score) {
    return Double.doubleToRawLongBits(score) < 0 ? 1 + score : score;
  }

  /** ln(p / (1 - p)). */
  static double logit(double score) {
    double size = Math.abs(score);
    double logit = StrictMath.log(size) - StrictMath.log1p(-size);
    return Double.doubleToRawLongBits(score) < 0 ? -logit : logit;
  }

  /** A whole number, at least 0, that orders scores as their probabilities do, ties included. */
  static int rank(float score) {
    int bits = Float.floatToRawIntBits(score);
    return bits >= 0 ? bits : 2 * HALF - (bits & Integer.MAX_VALUE);
  }
}
