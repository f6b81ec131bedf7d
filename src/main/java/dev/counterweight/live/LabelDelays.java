package dev.counterweight.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.runtime.RoleView;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How long after their events labels came of late. What is not known is NaN.
 *
 * @param medianSeconds of the events that got a label
 * @param neverShare of the events decided, those that got none
 * @param waiting events that wait for theirs
 */
record LabelDelays(double medianSeconds, double neverShare, double waiting) {
  static final LabelDelays UNKNOWN = new LabelDelays(Double.NaN, Double.NaN, Double.NaN);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double MINUTE_S = 60;
  private static final double HOUR_S = 60 * MINUTE_S;
  private static final double DAY_S = 24 * HOUR_S;

  /**
   * As a joiner of this process tells it, or else as the topic shows it.
   *
   * @param here the roles of this process
   */
  static LabelDelays of(List<RoleView> here, JobView view) {
    return here.stream()
        .filter(role -> role.name().equals("joiner"))
        .map(role -> role.jsonPages().get("/labels"))
        .filter(page -> page != null)
        .findFirst()
        .flatMap(page -> page.get())
        .flatMap(LabelDelays::read)
        .orElse(view.labels());
  }

  /** Such as "labels: median 3 h behind, 12 % never"; empty while nothing is known. */
  String words() {
    StringBuilder words = new StringBuilder();
    if (Double.isFinite(medianSeconds)) {
      words.append(", median ").append(time(medianSeconds)).append(" behind");
    }
    if (Double.isFinite(neverShare)) {
      words.append(", ").append(percent(neverShare)).append(" never");
    }
    if (Double.isFinite(waiting)) {
      words.append(String.format(Locale.ROOT, ", %,.0f events wait", waiting));
    }
    return words.isEmpty() ? "" : "labels: " + words.substring(2);
  }

  private static Optional<LabelDelays> read(String page) {
    try {
      JsonNode told = JSON.readTree(page);
      return Optional.of(
          new LabelDelays(
              told.path("median_seconds").asDouble(Double.NaN),
              told.path("never_share").asDouble(Double.NaN),
              told.path("waiting").asDouble(Double.NaN)));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static String percent(double share) {
    double value = share * 100;
    return String.format(Locale.ROOT, value == 0 || value >= 1 ? "%.0f %%" : "%.1f %%", value);
  }

  private static String time(double seconds) {
    if (seconds < 2 * MINUTE_S) {
      return String.format(Locale.ROOT, seconds < 9.95 ? "%.1f s" : "%.0f s", seconds);
    }
    return seconds < 2 * HOUR_S
        ? Math.round(seconds / MINUTE_S) + " min"
        : seconds < 2 * DAY_S
            ? Math.round(seconds / HOUR_S) + " h"
            : Math.round(seconds / DAY_S) + " d";
  }
}
