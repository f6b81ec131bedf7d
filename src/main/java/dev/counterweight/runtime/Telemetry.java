package dev.counterweight.runtime;

import static dev.counterweight.runtime.MetricDeclaration.JOB;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.BrokerWatch;
import dev.counterweight.kafka.ClientMeters;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The process's Prometheus registry with the JVM's own meters. Roles register theirs on {@link
 * #registry}, Kafka clients made by {@link #clients} theirs by themselves; {@link #scrape} may be
 * called from any thread.
 */
public final class Telemetry implements AutoCloseable {
  private static final long CLOSING_MS = 1_000;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final ScheduledExecutorService looking =
      Executors.newSingleThreadScheduledExecutor(
          task -> new DaemonThread(task, "counterweight-client-meters"));

  public Telemetry() {
    registry
        .config()
        .meterFilter(ClientMeters.filter())
        // Their names break Prometheus's rules: another unit than seconds, a suffix of histograms.
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    List.of(
            new ClassLoaderMetrics(),
            new FileDescriptorMetrics(),
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

  /** Clients of a job's cluster whose own meters are published while they are open. */
  public KafkaClients clients(JobConfig config) {
    return new KafkaClients(
        config.kafka(), new ClientMeters(registry, looking, Tags.of(JOB, config.job())));
  }

  /** Publishes a role's state, one gauge a state, 1 for the one it is in, and what build it is. */
  public void watch(String job, RoleView role) {
    JobMeters meters = new JobMeters(registry, job);
    for (Role.State state : Role.State.values()) {
      meters.gauge(
          JobMetric.ROLE_STATE,
          () -> role.status().state() == state ? 1 : 0,
          role.name(),
          state.name().toLowerCase(Locale.ROOT));
    }
    if (registry.find(JobMetric.BUILD_INFO.declaration().name()).tag(JOB, job).gauge() == null) {
      describe(meters);
    }
  }

  /**
   * Begins to ask the job's cluster whether it is there, and publishes for how long it has not
   * been; until closed.
   */
  public BrokerWatch watchBrokers(JobConfig config) {
    BrokerWatch watch =
        new BrokerWatch(
            clients(config).admin(config.job() + ".watch"),
            config.kafka().bootstrapServers(),
            new Ticker(System::nanoTime));
    new JobMeters(registry, config.job())
        .gauge(JobMetric.KAFKA_AWAY, () -> watch.away().toMillis() / 1e3);
    return watch.start(looking);
  }

  private static void describe(JobMeters meters) {
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
    looking.shutdownNow();
    try {
      looking.awaitTermination(CLOSING_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    gc.close();
    registry.close();
  }
}
