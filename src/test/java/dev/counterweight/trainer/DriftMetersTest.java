package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.evaluation.Drift;
import dev.counterweight.evaluation.DriftMonitor;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class DriftMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DriftMeters meters =
      new DriftMeters(new JobMeters(registry, "fraud"), List.of("a", "b"));

  @Test
  void changesFoundSinceTheLeadWasTakenAreCountedOnce() {
    DriftMonitor monitor = new DriftMonitor(2);
    slices(monitor, 0);
    slices(monitor, 1);
    long before = monitor.detected(Drift.Of.PRIOR, 0);
    assertThat(before).isPositive();
    assertThat(counted("a")).isZero();

    meters.begin(monitor);
    meters.count(monitor);
    assertThat(counted("a")).isZero();

    slices(monitor, 0);
    meters.count(monitor);
    meters.count(monitor);
    assertThat(counted("a")).isPositive().isEqualTo(monitor.detected(Drift.Of.PRIOR, 0) - before);
    assertThat(counted("b")).isPositive();
    assertThat(registry.get("counterweight.drifts").tag("of", "recall").counter().count()).isZero();
  }

  /** A stream of one class. */
  private static void slices(DriftMonitor monitor, int label) {
    for (int slice = 0; slice < 40; slice++) {
      for (int row = 0; row < 20; row++) {
        monitor.add(label, true, 1);
      }
      monitor.endSlice();
    }
  }

  private double counted(String label) {
    return registry
        .get("counterweight.drifts")
        .tag("of", "prior")
        .tag("class", label)
        .counter()
        .count();
  }
}
