package dev.counterweight.scorer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.serving.ServedModel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the scorer tells the live page of itself: what it scored, by which checkpoint it answers,
 * and which it does not take.
 */
final class ScorerPage {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ScorerPage() {}

  /**
   * As JSON; what is not known is absent.
   *
   * @param lag events that wait for their score; NaN if that is not known
   */
  static String of(OwnScores own, double lag, Models models, FollowerMeters meters) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("scored", own.scored());
    told.put("refused", own.refused());
    if (Double.isFinite(lag)) {
      told.put("lag", (long) lag);
    }
    ServedModel model = models.current();
    if (model != null) {
      told.put("step", model.id().step());
      told.put("checkpoint", model.id().checkpoint());
      told.put("written_ms", models.writtenMs());
    }
    meters
        .holding()
        .ifPresent(
            held ->
                told.put(
                    "held_back", Map.of("checkpoint", held.ref().name(), "worse", held.worse())));
    told.put("ordered", meters.isOrdered());
    told.put("superseded_seconds", meters.supersededMs() / 1e3);
    try {
      return JSON.writeValueAsString(told);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("figures that JSON cannot hold", e);
    }
  }
}
