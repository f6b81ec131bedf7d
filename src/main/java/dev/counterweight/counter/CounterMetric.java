package dev.counterweight.counter;

import static dev.counterweight.runtime.MetricDeclaration.CLASS;
import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Rest;
import dev.counterweight.runtime.MetricDeclaration.Unit;

/** What the counter measures. */
public enum CounterMetric implements Metric {
  COUNTED(counter("counterweight.events.counted", Unit.EVENTS, "Events counted by this process.")),
  UNREADABLE(
      counter(
          "counterweight.events.unreadable",
          Unit.EVENTS,
          "Events that could not be read and were not counted.")),
  REPLAYED(
      counter(
          "counterweight.events.replayed",
          Unit.EVENTS,
          "Events published again by dead-letters replay that were counted before they were"
              + " refused, and were not counted once more.")),
  CORRECTED(
      counter(
          "counterweight.events.corrected",
          Unit.EVENTS,
          "Events counted before that came again with another class, and were moved to it.")),
  UNMATCHED(
      counter(
          "counterweight.corrections.unmatched",
          Unit.EVENTS,
          "Corrections of which the class before had no event left in their partition: counted as"
              + " events of the new class, and none was taken away.")),
  CLAMPED(
      counter(
          "counterweight.events.clamped",
          Unit.EVENTS,
          "Events whose time lay too far ahead, or whose importance was above 100 times their"
              + " class's mean above 0, and was moved back to that.")),
  LOST(
      counter(
          "counterweight.events.lost",
          Unit.EVENTS,
          "Offsets that retention deleted before they were counted, where events.lost=continue.")),
  HELD(
      gauge(
          "counterweight.events.held",
          Unit.EVENTS,
          "Offsets of the events topic behind a producer's open transaction, of all partitions:"
              + " nobody gets them until it ends, and no lag counts them.")),
  HELD_TIME(
      gauge(
          "counterweight.events.held.time",
          Unit.SECONDS,
          "How long a partition's last stable offset has stood still behind such a transaction, the"
              + " longest of them and as far as this process has seen; 0 if none does.")),
  CLASS_EVENTS(
      gauge(
              "counterweight.class.events",
              Unit.EVENTS,
              "Events of the class since the job began, undecayed.",
              CLASS)
          .withRest(Rest.SUM)),
  CLASS_DECAYED(
      gauge(
              "counterweight.class.events.decayed",
              Unit.EVENTS,
              "Events of the class, decayed by the half-life: what priors and weights are worked"
                  + " out from.",
              CLASS)
          .withRest(Rest.SUM)),
  CLASS_PRIOR(
      gauge("counterweight.class.prior", Unit.RATIO, "Share of the class in the counts.", CLASS)
          .withRest(Rest.SUM)),
  CLASS_WEIGHT(
      gauge("counterweight.class.weight", Unit.NONE, "What the objective pays an event.", CLASS)),
  CLASS_UNSEEN(
      gauge(
              "counterweight.class.unseen",
              Unit.SECONDS,
              "Time since the count of the class last rose, at most since this process began.",
              CLASS)
          .withRest(Rest.MAX));

  private final MetricDeclaration declaration;

  CounterMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
