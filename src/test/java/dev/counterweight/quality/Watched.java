package dev.counterweight.quality;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.protocol.NamedMetrics;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run's predictions, one after another, tell beside its metrics. Not thread-safe. */
final class Watched {
  private final List<String> classes;
  private final Timeline timeline;
  private final @Nullable Prequential last;
  private final @Nullable Recovery recovery;

  /**
   * @param last events at the end of the stream to be judged apart; 0 for none
   */
  Watched(EventSet data, int last) {
    this.classes = data.classes();
    this.timeline = new Timeline(classes, data.size());
    this.last = last > 0 ? new Prequential(classes.size(), last) : null;
    this.recovery =
        Streams.CHANGING.contains(data.name()) && data.size() > Streams.KEPT
            ? new Recovery(classes.size(), Streams.KEPT)
            : null;
  }

  void prediction(JsonNode one) {
    timeline.prediction(one);
    int label = classes.indexOf(one.path("label").asText());
    int decision = classes.indexOf(one.path("decision").asText());
    if (last != null) {
      last.add(
          label,
          decision,
          one.path("weight").doubleValue(),
          numbers(one.path("raw")),
          numbers(one.path("served")));
    }
    if (recovery != null) {
      recovery.decided(one.path("offset").asLong(), label, label == decision);
    }
  }

  Timeline timeline() {
    return timeline;
  }

  /** Null of a stream that does not change. */
  @Nullable Recovery recovery() {
    return recovery;
  }

  /** The metrics of the last events, as a summary has them; null unless asked for. */
  @Nullable Map<String, Object> last() {
    return last == null ? null : NamedMetrics.of(last.recent(), classes).toMap();
  }

  private static double[] numbers(JsonNode array) {
    double[] all = new double[array.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = array.get(i).doubleValue();
    }
    return all;
  }
}
