package dev.counterweight.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An event as it was scored, before the model was trained on it.
 *
 * @param partition of the events topic
 * @param label its class
 * @param decision the class decided for
 * @param weight how many events it stands for: 1 / the chance that it was evaluated
 * @param step updates the model had made
 * @param raw K probabilities as the model learnt them; the caller's
 * @param served K probabilities as served; the caller's
 */
record Prediction(
    int partition,
    long offset,
    int label,
    int decision,
    double weight,
    long step,
    double[] raw,
    double[] served) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Receives predictions in order, on the trainer's thread; keeps no array of theirs. */
  interface Listener {
    void predicted(Prediction prediction);
  }

  /**
   * As JSON: partition, offset, label and decision by name, weight, step, raw and served in the
   * order of {@code classes}.
   */
  byte[] toJson(List<String> classes) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("partition", partition);
    all.put("offset", offset);
    all.put("label", classes.get(label));
    all.put("decision", classes.get(decision));
    all.put("weight", weight);
    all.put("step", step);
    all.put("raw", raw);
    all.put("served", served);
    try {
      return JSON.writeValueAsBytes(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers and strings that JSON cannot hold", e);
    }
  }
}
