package dev.counterweight.inference;

import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Counts requests. Thread-safe. */
final class InferenceMeters {
  private static final String GONE = "none";
  private static final String[] CLASSES = {GONE, "1xx", "2xx", "3xx", "4xx", "5xx"};

  private final Map<Kind, Of> kinds = new EnumMap<>(Kind.class);

  private record Of(Counter[] byStatus, Timer latency, Counter rows) {}

  InferenceMeters(JobMeters meters, IntSupplier connections) {
    for (Kind kind : Kind.values()) {
      Counter[] byStatus = new Counter[CLASSES.length];
      for (int c = 0; c < CLASSES.length; c++) {
        boolean possible = c != 1 && c != 3;
        byStatus[c] =
            meters.counter(InferenceMetric.REQUESTS, kind.text(), possible ? CLASSES[c] : GONE);
      }
      kinds.put(
          kind,
          new Of(
              byStatus,
              meters.timer(InferenceMetric.LATENCY, kind.text()),
              meters.counter(InferenceMetric.ROWS, kind.text())));
    }
    meters.gauge(InferenceMetric.CONNECTIONS, connections::getAsInt);
  }

  /** A request whose answer is out. */
  void answered(Kind kind, int status, int rows, long sinceNs) {
    Of of = of(kind);
    of.byStatus[status / 100].increment();
    of.latency.record(System.nanoTime() - sinceNs, TimeUnit.NANOSECONDS);
    if (rows > 0) {
      of.rows.increment(rows);
    }
  }

  /** One whose client did not stay for the answer. */
  void gone(Kind kind) {
    of(kind).byStatus[0].increment();
  }

  private Of of(Kind kind) {
    return Objects.requireNonNull(kinds.get(kind)); // made with all kinds
  }
}
