package dev.counterweight.scoring;

import dev.counterweight.serving.Reason;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model tells of an event.
 *
 * @param probabilities of each class, in class order; they sum to 1
 * @param decision the class decided for
 * @param threshold of the probability of the class that has one; null if the rule has none
 * @param step updates the model had made
 * @param checkpoint SHA-256 of its checkpoint.json
 * @param reasons the features that moved the decision most, the first the most; none unless asked
 *     for
 */
public record Score(
    Map<String, Double> probabilities,
    String decision,
    @Nullable Double threshold,
    long step,
    String checkpoint,
    List<Reason> reasons) {

  public Score {
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    reasons = List.copyOf(reasons);
  }
}
