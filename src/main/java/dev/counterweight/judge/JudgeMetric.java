package dev.counterweight.judge;

import static dev.counterweight.runtime.MetricDeclaration.CLASS;
import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/** What the judge measures. */
public enum JudgeMetric implements Metric {
  JUDGED(
      counter(
          "counterweight.served.judged",
          Unit.EVENTS,
          "Events whose label came after their score, by their class.",
          CLASS)),
  HITS(
      counter(
          "counterweight.served.hits",
          Unit.EVENTS,
          "Those of them that were decided as that class: of any span of time, hits by judged is"
              + " the recall.",
          CLASS)),
  DECIDED(
      counter(
          "counterweight.served.decided",
          Unit.EVENTS,
          "Events judged, by the class that they were decided as: hits by decided is the"
              + " precision.",
          CLASS)),
  LABEL_FIRST(
      counter(
          "counterweight.served.label.first",
          Unit.EVENTS,
          "Events whose label came before their score, not judged: the model may have been trained"
              + " on it.")),
  EXPIRED(
      counter(
          "counterweight.served.expired",
          Unit.EVENTS,
          "Scores that no label came for within labels.wait, labels.grace and"
              + " labels.correct.for.")),
  UNMATCHED(
      counter(
          "counterweight.served.unmatched",
          Unit.COUNT,
          "Labels of events that have no score, or had none any more.")),
  CORRECTED(
      counter(
          "counterweight.served.corrected",
          Unit.COUNT,
          "Labels that changed an event's class: not judged by, the first one stands.")),
  REPEATED(
      counter(
          "counterweight.served.repeated",
          Unit.RECORDS,
          "Scores of events that had been scored, without effect: the first one stands.")),
  UNREADABLE(
      counter(
          "counterweight.served.unreadable",
          Unit.RECORDS,
          "Records of the topic of scores that are none, and labels of a class that this process"
              + " does not know.")),
  WAITING(
      gauge(
          "counterweight.served.waiting",
          Unit.EVENTS,
          "Scores that wait for the label of their event, of the partitions that this process"
              + " has.")),
  KEPT(
      gauge(
          "counterweight.served.labels.kept",
          Unit.COUNT,
          "Labels that wait for the score of their event, of the same partitions.")),
  RECALL(
      gauge(
          "counterweight.served.recall",
          Unit.RATIO,
          "Recall of a class by what was served, judged by the labels that came since the job"
              + " began; of the partitions that this process has, as all that follow.",
          CLASS)),
  PRECISION(
      gauge(
          "counterweight.served.precision",
          Unit.RATIO,
          "Precision of a class by what was served.",
          CLASS)),
  GMEAN(
      gauge(
          "counterweight.served.gmean",
          Unit.RATIO,
          "Geometric mean of the recalls of the classes that labels came of.")),
  LOG_LOSS(
      gauge("counterweight.served.log.loss", Unit.NATS, "Log loss of the probabilities served.")),
  ECE(
      gauge(
          "counterweight.served.ece",
          Unit.RATIO,
          "Expected calibration error of the probabilities served, of the largest one.")),
  DELAY(
      histogram(
          "counterweight.served.delay",
          Unit.SECONDS,
          List.of(1.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0),
          "Time from a score to the label that it was judged by, as both were written.")),
  STATE_SIZE(
      gauge(
          "counterweight.judge.state.size",
          Unit.BYTES,
          "Size on disk of what waits, under scores.state.dir, looked at once a minute."));

  private final MetricDeclaration declaration;

  JudgeMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
