package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.LabelWords;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which of the topics of a job's user is looked at, and what it is called in what is said of it.
 */
enum SampledSide {
  /** The events; with their labels, unless these come later. */
  EVENTS,
  /** The labels, where they come later. */
  LABELS;

  /** How a job reads it. */
  EventsConfig of(JobConfig config) {
    LabelsConfig labels = config.labels();
    if (this == EVENTS) {
      return config.sources().get(0);
    }
    if (labels == null) {
      throw new IllegalStateException("a job without a topic of labels");
    }
    return labels.labels();
  }

  /** A text about events, as it is of this side. */
  String words(String ofEvents) {
    return this == EVENTS ? ofEvents : LabelWords.of(ofEvents);
  }

  /** Settings of events, as they are of this side. */
  Map<String, String> settings(Map<String, String> ofEvents) {
    Map<String, String> settings = new LinkedHashMap<>();
    ofEvents.forEach((key, value) -> settings.put(words(key), value));
    return settings;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
