package dev.counterweight.trainer;

import static dev.counterweight.runtime.MetricDeclaration.CLASS;
import static dev.counterweight.runtime.MetricDeclaration.FEATURE;
import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Rest;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/**
 * What the trainer measures. Evaluation is given by {@code scope}: {@code window}, the newest rows
 * scored, or {@code total}, since the job began.
 */
public enum TrainerMetric implements Metric {
  STEPS(counter("counterweight.steps", Unit.STEPS, "Optimiser updates made.")),
  STEPS_SKIPPED(
      counter(
          "counterweight.steps.skipped",
          Unit.STEPS,
          "Steps left out because the loss or gradient was not finite.")),
  ROWS_SKIPPED(
      counter(
          "counterweight.rows.skipped",
          Unit.ROWS,
          "Draws left out of steps because by themselves they make loss or gradient infinite.")),
  SAMPLES(counter("counterweight.samples", Unit.ROWS, "Draws taken from batch records.")),
  STEP_TIME(
      histogram(
          "counterweight.step.time",
          Unit.SECONDS,
          List.of(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5),
          "Time of a step, scoring included: a record's time over its steps.")),
  LOSS(gauge("counterweight.loss", Unit.NONE, "Mean loss of the newest record's steps.")),
  GRADIENT_NORM(
      gauge("counterweight.gradient.norm", Unit.NONE, "Gradient norm before it is clipped.")),
  CANDIDATE_SHARE(
      gauge(
          "counterweight.model.candidate.share",
          Unit.RATIO,
          "Share that a network has in what is served, of those that model.rates, model.average and"
              + " model.guest train side by side; 0 of one that is left out. Not there of a single"
              + " network.",
          "candidate")),
  FOREST_POWER(
      gauge(
          "counterweight.model.forest.power",
          Unit.NONE,
          "Power by which odds of balanced classes enter what is served where model.forest asks for"
              + " a forest: those of the networks, and those of the forest by its leaves (slow) and"
              + " by what it counted last (quick). Not there while it has no tree.",
          "of")),
  LEARNING_RATE(gauge("counterweight.learning.rate", Unit.NONE, "Learning rate of the next step.")),
  GMEAN(
      gauge(
          "counterweight.gmean",
          Unit.RATIO,
          "Geometric mean of the recalls of the classes evaluated.",
          "scope")),
  BALANCED_ACCURACY(
      gauge(
          "counterweight.balanced.accuracy",
          Unit.RATIO,
          "Mean recall of the classes evaluated.",
          "scope")),
  RECALL(
      gauge(
          "counterweight.recall",
          Unit.RATIO,
          "Share of the class's events that the model decides for.",
          "scope",
          CLASS)),
  PRECISION(
      gauge(
          "counterweight.precision",
          Unit.RATIO,
          "Share of what the model decides is the class that is: stands beside recall, since a"
              + " model that raises the alarm for everything has all of that.",
          "scope",
          CLASS)),
  FALSE_ALARMS(
      gauge(
              "counterweight.false.alarms",
              Unit.EVENTS,
              "Of 1,000 events, how many the model decides are the class that are not.",
              "scope",
              CLASS)
          .withRest(Rest.SUM)),
  CONFUSION(
      gauge(
          "counterweight.confusion",
          Unit.RATIO,
          "Share of the class's newest events that the model decides are the class in `decided`; of"
              + " jobs of up to 20 classes.",
          "decided",
          CLASS)),
  DRIFTS(
      counter(
          "counterweight.drifts",
          Unit.COUNT,
          "Changes found, of the class's prior or, where it fell, recall.",
          "of",
          CLASS)),
  PR_AUC(
      gauge(
          "counterweight.pr.auc",
          Unit.RATIO,
          "Average precision of the class's served probability; beyond the window's rows, of binned"
              + " scores.",
          "scope",
          CLASS)),
  FEATURE_MISSING(
      gauge(
              "counterweight.feature.missing.ratio",
              Unit.RATIO,
              "Share of the events in which the feature was missing, of features that may be; scope"
                  + " fading: rows count 1 - 1/2048 of themselves with each after them, so that the"
                  + " newest 2,000 or so tell.",
              "scope",
              FEATURE)
          .withRest(Rest.MAX)),
  FEATURE_UNSEEN(
      gauge(
              "counterweight.feature.unseen.ratio",
              Unit.RATIO,
              "Share of the events with a category, of this feature, that no draw had named before;"
                  + " scopes as above.",
              "scope",
              FEATURE)
          .withRest(Rest.MAX)),
  LOG_LOSS(
      gauge("counterweight.log.loss", Unit.NATS, "Log loss of served probabilities.", "scope")),
  ECE(
      gauge(
          "counterweight.ece",
          Unit.RATIO,
          "Calibration error of the largest served probability.",
          "scope")),
  CLASS_ECE(
      gauge(
          "counterweight.class.ece",
          Unit.RATIO,
          "Calibration error of the class's served probability.",
          "scope",
          CLASS)),
  RELIABILITY(
      gauge(
          "counterweight.reliability",
          Unit.RATIO,
          "The newest rows by their largest served probability, in 15 bins named by their upper"
              + " edge: the mean of that probability, and the share of hits, which should be"
              + " equal.",
          "of",
          "bin")),
  EVALUATION_SKIPPED(
      counter(
          "counterweight.evaluation.skipped",
          Unit.ROWS,
          "Rows not evaluated because a score of theirs was not finite.")),
  REPORT_AGE(
      gauge(
          "counterweight.report.age",
          Unit.SECONDS,
          "Time since the newest report of the trainer in the lead arrived on the metrics topic, or"
              + " it took the lead; none is made while there is nothing to tell.")),
  BATCH_POSITION(gauge("counterweight.batch.position", Unit.NONE, "Next offset in the batch log.")),
  CHECKPOINTS(counter("counterweight.checkpoints", Unit.COUNT, "Checkpoints announced.")),
  CHECKPOINT_FAILURES(
      counter(
          "counterweight.checkpoint.failures",
          Unit.COUNT,
          "Checkpoints that came to nothing, by stage: files (could not be written), announcement"
              + " (the broker did not take it) or model (not finite, so not worth keeping).",
          "stage")),
  CHECKPOINT_RESTORES(
      counter(
          "counterweight.checkpoint.restores",
          Unit.COUNT,
          "Times that training went on from one.")),
  CHECKPOINT_TIME(
      histogram(
          "counterweight.checkpoint.time",
          Unit.SECONDS,
          List.of(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
          "Time to write and announce a checkpoint.")),
  CHECKPOINT_AGE(
      gauge(
          "counterweight.checkpoint.age",
          Unit.SECONDS,
          "Time since this process announced or restored the newest checkpoint, or took the"
              + " lead.")),
  CHECKPOINT_SIZE(
      gauge("counterweight.checkpoint.size", Unit.BYTES, "Size of the newest checkpoint's files.")),
  CHECKPOINT_STEP(
      gauge("counterweight.checkpoint.step", Unit.STEPS, "Step at which the newest one was made."));

  private final MetricDeclaration declaration;

  TrainerMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
