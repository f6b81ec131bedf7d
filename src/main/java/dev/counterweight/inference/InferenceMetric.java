package dev.counterweight.inference;

import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/** What is measured of scores over HTTP. */
public enum InferenceMetric implements Metric {
  REQUESTS(
      counter(
          "counterweight.http.requests",
          Unit.COUNT,
          "Requests on scores.port, by what they were for (score, infer, metadata, health, other)"
              + " and by the class of the answer's status (2xx, 4xx, 5xx; none where the client"
              + " was gone before it had sent all of it).",
          "kind",
          "status")),
  LATENCY(
      histogram(
          "counterweight.http.latency",
          Unit.SECONDS,
          List.of(
              0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
              2.5, 10.0),
          "Time from a request's last header until its answer is there to be sent, by what it was"
              + " for; that in which its body arrives is in it.",
          "kind")),
  ROWS(
      counter(
          "counterweight.http.rows",
          Unit.ROWS,
          "Rows scored for requests on scores.port.",
          "kind")),
  CONNECTIONS(
      gauge(
          "counterweight.http.connections",
          Unit.COUNT,
          "Connections that are open on scores.port."));

  private final MetricDeclaration declaration;

  InferenceMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
