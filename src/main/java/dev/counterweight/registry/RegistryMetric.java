package dev.counterweight.registry;

import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;

/** What is measured of the schema registry, where events have one. */
public enum RegistryMetric implements Metric {
  AWAY(
      gauge(
          "counterweight.schema.registry.away",
          Unit.SECONDS,
          "Time for which the role has waited for the schema registry, 0 while it answers or"
              + " nothing is asked: events by schemas that are not known yet wait meanwhile.",
          "role")),
  REQUESTS(
      counter(
          "counterweight.schema.registry.requests",
          Unit.COUNT,
          "Schemas asked for, by outcome: found, unknown (its events are dead letters), or"
              + " no-answer (asked again). Each is asked for once while it is kept.",
          "role",
          "outcome"));

  private final MetricDeclaration declaration;

  RegistryMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
