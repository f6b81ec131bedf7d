package dev.counterweight.serving;

import org.jspecify.annotations.Nullable;

/**
 * What a row was scored to, and work space for the next. Made by a {@link ServedModel} and for that
 * model alone; owned by one thread. Its arrays are good until the next row is scored, and not to be
 * written to.
 */
public final class Scratch {
  /** In place of a class: the row's scores decide for none, because one of them is not finite. */
  public static final int UNDECIDED = -1;

  final RawScores.Worker worker;
  final ServedProbabilities probability;
  final @Nullable ForestVote forest;
  final float[] logits;
  final double[] uncorrected;
  final double[] raw;
  final double[] served;
  final double[] contributions;
  float[] batch = {};
  int decision = UNDECIDED;

  Scratch(
      RawScores.Worker worker,
      ServedProbabilities probability,
      @Nullable ForestVote forest,
      int candidates,
      int classes,
      int columns) {
    this.worker = worker;
    this.probability = probability;
    this.forest = forest;
    this.logits = new float[candidates * classes];
    this.uncorrected = new double[classes];
    this.raw = new double[classes];
    this.served = new double[classes];
    this.contributions = new double[columns];
  }

  /** The served probabilities, by class; they sum to 1, or are NaN where a score is not finite. */
  public double[] probabilities() {
    return served;
  }

  /** The class decided for, or {@link #UNDECIDED}. */
  public int decision() {
    return decision;
  }

  /** Raw scores, by class; of several candidates those of each, one after the other. */
  public float[] logits() {
    return logits;
  }

  /** The raw scores' own probabilities, by class, worked out now: nothing is corrected. */
  public double[] raw() {
    probability.raw(logits, 0, raw);
    return raw;
  }

  /** Whether every raw score is a finite number; without that nothing can be told of the row. */
  public boolean scored() {
    return decision != UNDECIDED;
  }
}
