package dev.counterweight.joiner;

import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/** What the joiner measures. */
public enum JoinerMetric implements Metric {
  READ(
      counter(
          "counterweight.joiner.read",
          Unit.RECORDS,
          "Records that the joiner read, readable or not, by side: events or labels.",
          "side")),
  REFUSED(
      counter(
          "counterweight.joiner.refused",
          Unit.RECORDS,
          "Records that the joiner could not read, and wrote to the dead-letter topic, by side.",
          "side")),
  LAG(
      gauge(
          "counterweight.joiner.lag.records",
          Unit.RECORDS,
          "Offsets that the joiner has yet to pass, of the partitions that this process has, by"
              + " side: the side that is further behind holds back what is over.",
          "side")),
  LOST(
      counter(
          "counterweight.joiner.lost",
          Unit.RECORDS,
          "Offsets that retention deleted before they were joined, where events.lost=continue, by"
              + " side.",
          "side")),
  STATE_SIZE(
      gauge(
          "counterweight.joiner.state.size",
          Unit.BYTES,
          "Size on disk of what waits, under labels.state.dir, looked at once a minute.")),
  WAITING(
      gauge(
          "counterweight.labels.waiting",
          Unit.EVENTS,
          "Events that wait for their label, of the partitions that this process has.")),
  KEPT(
      gauge(
          "counterweight.labels.kept",
          Unit.COUNT,
          "Labels that are kept for events which come after them, of the same partitions.")),
  OLDEST(
      gauge(
          "counterweight.labels.oldest",
          Unit.SECONDS,
          "How long ago the oldest waiting event happened, by the time that it bears; 0 if none"
              + " waits.")),
  WAIT(
      gauge(
          "counterweight.labels.wait",
          Unit.SECONDS,
          "How long an event waits for its label at most: labels.wait and labels.grace together.")),
  SEEN(
      gauge(
          "counterweight.labels.seen",
          Unit.SECONDS,
          "Time since a label was last read, at most since this process began.")),
  MATCHED(counter("counterweight.labels.matched", Unit.EVENTS, "Events written with their label.")),
  UNLABELLED(
      counter(
          "counterweight.labels.unlabelled",
          Unit.EVENTS,
          "Events whose wait ended without a label, written as the class of labels.missing.")),
  DROPPED(
      counter(
          "counterweight.labels.dropped",
          Unit.EVENTS,
          "Events whose wait ended without a label, not written, where labels.missing=drop.")),
  CORRECTED(
      counter(
          "counterweight.labels.corrected",
          Unit.EVENTS,
          "Events written again because a label changed their class, within labels.correct.for.")),
  LATE(
      counter(
          "counterweight.labels.late",
          Unit.COUNT,
          "Labels that came when their event's wait was over, or was no longer corrected: without"
              + " effect.")),
  CONFLICTS(
      counter(
          "counterweight.labels.conflicts",
          Unit.COUNT,
          "Labels of another class than the one that decided by labels.conflict: without effect.")),
  DUPLICATES(
      counter(
          "counterweight.labels.duplicates",
          Unit.COUNT,
          "Labels that say again what their event was labelled with.")),
  UNMATCHED(
      counter(
          "counterweight.labels.unmatched",
          Unit.COUNT,
          "Labels for which no event came while they were kept.")),
  DISCARDED(
      counter(
          "counterweight.labels.discarded",
          Unit.COUNT,
          "Labels that were not kept because their key had as many as are kept of one.")),
  MATURITY(
      histogram(
          "counterweight.labels.maturity",
          Unit.SECONDS,
          List.of(60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0),
          "Time from an event to the label that decided it, by the times that they bear; of events"
              + " with a label."));

  private final MetricDeclaration declaration;

  JoinerMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
