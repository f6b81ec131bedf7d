package dev.counterweight.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/**
 * The process's Prometheus registry with the JVM's own meters. Roles register theirs on {@link
 * #registry}; {@link #scrape} may be called from any thread.
 */
public final class Telemetry implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();

  public Telemetry() {
    List.of(
            new ClassLoaderMetrics(),
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics(),
            gc)
        .forEach(binder -> binder.bindTo(registry));
  }

  /** Where meters are registered. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Publishes a role's state: one gauge a state, 1 for the one it is in. */
  public void watch(String job, Role role) {
    for (Role.State state : Role.State.values()) {
      Gauge.builder("counterweight.role.state", role, r -> r.status().state() == state ? 1 : 0)
          .description("1 for the state the role is in, else 0")
          .tag("training_job", job)
          .tag("role", role.name())
          .tag("state", state.name().toLowerCase(java.util.Locale.ROOT))
          .strongReference(true)
          .register(registry);
    }
  }

  /** Everything, in Prometheus text format. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
