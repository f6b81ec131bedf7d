package dev.counterweight.evaluation;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The metrics of a set of scored rows, all weighted.
 *
 * <p>What is undefined is absent, never 0 or 1: the recall of a class without rows, the precision
 * of a class never predicted, an area under a curve of rows of one kind, an MCC whose denominator
 * is 0, a kappa of one class. Means over classes run over the classes that have rows, whose number
 * is {@link Confusion#evaluated}.
 *
 * <p>Not changed once made; deterministic to the bit on every platform.
 *
 * @param weightedLoss sum of -ln(served probability of the row's class)
 * @param served rankings of each class by served probabilities
 * @param raw the same by the model's own scores, before any correction
 */
public record Metrics(
    Confusion confusion,
    Calibration calibration,
    double weightedLoss,
    List<Ranking> served,
    List<Ranking> raw) {

  /** Weighted mean of -ln(served probability of the row's class), in nats. */
  public OptionalDouble logLoss() {
    return Confusion.ratio(weightedLoss, confusion.total());
  }
}
