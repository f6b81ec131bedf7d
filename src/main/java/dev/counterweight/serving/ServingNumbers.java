package dev.counterweight.serving;

import dev.counterweight.loss.LossConfig;
import org.jspecify.annotations.Nullable;

/**
 * The numbers by which a model's raw scores are told as probabilities and decisions, as of one step
 * of it. Its arrays must not be written to.
 *
 * @param loss that the scores were learnt by
 * @param prior p_c; all 0 while nothing is known of the stream
 * @param classWeight w_c of the objective
 * @param weights what is divided out of what the loss taught, by class; 0 for a class that is
 *     served nothing
 * @param mixture what each candidate that is scored counts, above 0; they sum to 1
 * @param forest what networks and forest count, as powers; null where there is no forest
 * @param recent what recent labels make of the probabilities, or null for nothing
 * @param correction of the probabilities then, or null for none
 * @param decisionWeights {@link ServedProbabilities#decisionWeights}; none where own scores decide
 *     in place of them
 * @param rule of decisions
 * @param threshold of the served probability; null where the rule has none
 */
@SuppressWarnings("ArrayRecordComponent")
public record ServingNumbers(
    LossConfig loss,
    float[] prior,
    float[] classWeight,
    float[] weights,
    double[] mixture,
    @Nullable ForestShares forest,
    @Nullable OddsCorrection recent,
    @Nullable Correction correction,
    double[] decisionWeights,
    DecisionRule rule,
    @Nullable Double threshold) {

  public ServingNumbers {
    if ((threshold == null) != (rule.thresholdClass() == DecisionRule.NONE)) {
      throw new IllegalArgumentException(
          "threshold %s: must be there where the rule of decisions is one, and only there"
              .formatted(threshold));
    }
    if (decisionWeights.length != 0 && decisionWeights.length != weights.length) {
      throw new IllegalArgumentException(
          "%d weights of decisions: must be one for each of %d classes, or none"
              .formatted(decisionWeights.length, weights.length));
    }
  }

  /** What makes probabilities of raw scores by these numbers, for one thread. */
  ServedProbabilities probabilities() {
    ServedProbabilities served = ServedProbabilities.of(loss, prior, classWeight, weights);
    served.mix(mixture);
    return served;
  }
}
