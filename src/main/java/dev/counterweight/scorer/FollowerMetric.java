package dev.counterweight.scorer;

import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/** What is measured of which checkpoint answers. */
public enum FollowerMetric implements Metric {
  STEP(
      gauge(
          "counterweight.scorer.step",
          Unit.STEPS,
          "Step of the checkpoint that the scorer answers by.")),
  SWAPS(
      counter(
          "counterweight.scorer.swaps",
          Unit.COUNT,
          "Times that another checkpoint took the place of the one that the scorer answered by.")),
  FAILED(
      counter(
          "counterweight.scorer.loads.failed",
          Unit.COUNT,
          "Attempts to read or load a checkpoint that failed; the scorer goes on by the one it"
              + " has.")),
  SUPERSEDED(
      gauge(
          "counterweight.scorer.superseded",
          Unit.SECONDS,
          "For how long a checkpoint has been announced that the scorer should answer by and could"
              + " not take; 0 if there is none.")),
  HELD_BACK(
      counter(
          "counterweight.scorer.held.back",
          Unit.COUNT,
          "Checkpoints announced that the scorer held back, as worse than the one in use"
              + " (scores.follow=guarded).")),
  HOLDING(
      gauge(
          "counterweight.scorer.holding",
          Unit.NONE,
          "1 while the newest checkpoint announced is held back, else 0.")),
  ORDERED(
      gauge(
          "counterweight.scorer.ordered",
          Unit.NONE,
          "1 while the scorer answers by the checkpoint of an operator's order (rollback"
              + " --scorers), else 0.")),
  FRESHNESS(
      histogram(
          "counterweight.scorer.freshness",
          Unit.SECONDS,
          List.of(
              0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0,
              3600.0, 14400.0),
          "Time from an event's timestamp to when the scorer answered by a model that knew it, of a"
              + " sample of the events that it scored, where the topic scored is that trained"
              + " on."));

  private final MetricDeclaration declaration;

  FollowerMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
