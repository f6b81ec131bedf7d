package dev.counterweight.runtime;

import static dev.counterweight.runtime.MetricDeclaration.CLASS;
import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.MetricDeclaration.Rest;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/** What more than one role measures, or none in particular. */
public enum JobMetric implements Metric {
  BUILD_INFO(
      gauge(
          "counterweight.build.info",
          Unit.NONE,
          "Always 1; the tags say what runs.",
          "version",
          "java")),
  ROLE_STATE(
      gauge(
          "counterweight.role.state",
          Unit.NONE,
          "1 for the state that the role is in, else 0; states: starting, waiting, running,"
              + " draining, done, failed.",
          "role",
          "state")),
  KAFKA_AWAY(
      gauge(
          "counterweight.kafka.away",
          Unit.SECONDS,
          "Time for which no broker has answered this process, 0 while one does; asked every 5"
              + " s.")),
  LAG(
      gauge(
          "counterweight.lag.records",
          Unit.RECORDS,
          "Offsets that the role has yet to pass: of events for counter and sampler, of events and"
              + " labels for the joiner (of the partitions that this process has), of batch records"
              + " for the trainer, of the events that are scored for the scorer. Fewer records"
              + " stand there where transactions or compaction left gaps.",
          "role")),
  PASSED_OVER(
      counter(
          "counterweight.events.passed.over",
          Unit.RECORDS,
          "Records of the events topic (the joiner: of both topics) that a role passed over,"
              + " neither counted nor dead letters, by reason: tombstone (no value, or a delete),"
              + " unlabelled (where events.unlabelled=skip).",
          "role",
          "reason")),
  WEIGHTS_VERSION(
      gauge(
          "counterweight.weights.version",
          Unit.NONE,
          "Version of the newest class weights that the role published, samples with or trained"
              + " with.",
          "role")),
  WEIGHTS_AGE(
      gauge(
          "counterweight.weights.age",
          Unit.SECONDS,
          "Time since the newest class weights that the role has seen were published; while the"
              + " counter lives, it publishes at least every ten update intervals.",
          "role")),
  CLASS_SHARE(
      gauge(
              "counterweight.class.share",
              Unit.RATIO,
              "The class's share of the rows at a stage: stream (as sampled), batch (draws) or"
                  + " evaluation (slices), over the newest records.",
              "stage",
              CLASS)
          .withRest(Rest.SUM)),
  CLASS_SHARE_EXPECTED(
      gauge(
              "counterweight.class.share.expected",
              Unit.RATIO,
              "The share that the class should have at a stage by the snapshot in use: its prior in"
                  + " the stream; in batch and evaluation what the plan gives it.",
              "stage",
              CLASS)
          .withRest(Rest.SUM)),
  EVENT_LATENCY(
      histogram(
          "counterweight.event.latency",
          Unit.SECONDS,
          List.of(
              0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0),
          "Time from an event's own time until weights that count it, a gradient that uses it or a"
              + " checkpoint that holds it. Of each snapshot, record or checkpoint its newest event"
              + " is measured, and the one that waited longest.",
          "until"));

  private final MetricDeclaration declaration;

  JobMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
