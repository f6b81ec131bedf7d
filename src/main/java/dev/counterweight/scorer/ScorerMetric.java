package dev.counterweight.scorer;

import static dev.counterweight.runtime.MetricDeclaration.CLASS;
import static dev.counterweight.runtime.MetricDeclaration.counter;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;

/** What the scorer measures. */
public enum ScorerMetric implements Metric {
  SCORED(
      counter(
          "counterweight.scorer.scored",
          Unit.EVENTS,
          "Events of the topic that were scored, by the class decided for.",
          CLASS)),
  REFUSED(
      counter(
          "counterweight.scorer.refused",
          Unit.EVENTS,
          "Events of the topic that were not scored, and written to the dead-letter topic, by"
              + " reason.",
          "reason")),
  LOST(
      counter(
          "counterweight.scorer.lost",
          Unit.RECORDS,
          "Offsets that retention deleted before they were scored, where events.lost=continue."));

  private final MetricDeclaration declaration;

  ScorerMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
