package dev.counterweight.demo;

import dev.counterweight.config.MetricsConfig;
import dev.counterweight.live.LivePage;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A demo's two jobs as one: they start together, end together, and fail together. Owned by the
 * demo's thread.
 */
record DemoJobs(DemoJob natural, DemoJob rebalanced) {
  private static final long DRAIN_MS = Duration.ofSeconds(60).toMillis();

  /** Both jobs' page, metrics and health on one port, until closed. */
  record Page(LivePage live, HttpEndpoint endpoint) implements AutoCloseable {
    String url() {
      return endpoint.url() + "/";
    }

    @Override
    public void close() {
      endpoint.close();
      live.close();
    }
  }

  private List<DemoJob> both() {
    return List.of(natural, rebalanced);
  }

  /** What both tell of themselves, by name. */
  Map<String, Object> summaries() {
    Map<String, Object> all = new LinkedHashMap<>();
    both().forEach(job -> all.put(job.config().job(), job.runner().summary()));
    return all;
  }

  /** Creates both jobs' topics and starts their roles. */
  void start() {
    both().forEach(DemoJob::start);
  }

  /** Ends both in good order: what was trained is checkpointed. */
  void drain() throws InterruptedException {
    both().forEach(job -> job.runner().drain());
    for (DemoJob job : both()) {
      if (!job.runner().await(DRAIN_MS)) {
        throw new FailureException(
            "job '%s' did not end within %d s".formatted(job.config().job(), DRAIN_MS / 1000));
      }
    }
  }

  /**
   * Looks whether both are sound.
   *
   * @throws Exception what the first role to fail threw
   */
  void failIfAnyFailed() throws Exception {
    for (DemoJob job : both()) {
      Throwable failure = job.runner().failure();
      if (failure != null) {
        throw failure instanceof Exception e ? e : new IllegalStateException(failure);
      }
    }
  }

  /**
   * Serves what both do.
   *
   * @param anyPort whether another port will do where the one wanted is taken: a demo of which
   *     nobody asked for this very port should not fail for want of it
   */
  Page page(Telemetry telemetry, Clock clock, boolean anyPort) {
    LivePage live = LivePage.start(List.of(rebalanced.live(), natural.live()), clock);
    try {
      return new Page(live, endpoint(live, telemetry, anyPort));
    } catch (FailureException e) {
      live.close();
      throw e;
    }
  }

  private HttpEndpoint endpoint(LivePage page, Telemetry telemetry, boolean anyPort) {
    List<RoleView> roles = both().stream().flatMap(job -> job.runner().roles().stream()).toList();
    MetricsConfig wanted = natural.config().metrics();
    try {
      return HttpEndpoint.start(wanted, telemetry, Health.of(roles), page.pages());
    } catch (FailureException taken) {
      if (!anyPort) {
        throw taken;
      }
      return HttpEndpoint.start(
          new MetricsConfig(wanted.host(), 0, wanted.kafkaAway(), wanted.allowedHosts()),
          telemetry,
          Health.of(roles),
          page.pages());
    }
  }
}
