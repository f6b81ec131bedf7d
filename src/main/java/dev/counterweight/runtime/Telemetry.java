package dev.counterweight.runtime;

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
import java.util.Locale;

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

  /** Publishes a role's state, one gauge a state, 1 for the one it is in, and what build it is. */
  public void watch(String job, Role role) {
    JobMeters meters = new JobMeters(registry, job);
    for (Role.State state : Role.State.values()) {
      meters.gauge(
          JobMetric.ROLE_STATE,
          () -> role.status().state() == state ? 1 : 0,
          role.name(),
          state.name().toLowerCase(Locale.ROOT));
    }
    String version = Telemetry.class.getPackage().getImplementationVersion();
    meters.gauge(
        JobMetric.BUILD_INFO,
        () -> 1,
        version == null ? "source" : version,
        Runtime.version().toString());
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
