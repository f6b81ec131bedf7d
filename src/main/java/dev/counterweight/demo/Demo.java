package dev.counterweight.demo;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Telemetry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * The whole loop on real data, in this JVM: a broker, the Shuttle data as a paced stream, and two
 * jobs trained on it side by side, one that takes the events as they come and one that rebalances.
 * Ends with a table, a report and both jobs' checkpoints.
 *
 * <p>{@link #run} once, by one thread; {@link #stop} from any.
 */
public final class Demo {
  private static final int PARTITIONS = 3;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long STALL_NS = Duration.ofSeconds(60).toNanos();

  /**
   * What to run.
   *
   * @param eventsPerSecond pace of the stream; 0 for as fast as the broker takes it
   * @param seed of both jobs
   * @param summary where to write both jobs' summaries as JSON, or null
   * @param keepRunning whether broker, roles and metrics stay up until {@link Demo#stop}
   * @param output a new or empty folder for report and checkpoints, or null for a temporary one
   * @param metricsPort where metrics and health are served, 0 for any free port; null for the usual
   *     one or, if that is taken, any free one
   */
  public record Options(
      double eventsPerSecond,
      long seed,
      @Nullable Path summary,
      boolean keepRunning,
      @Nullable Path output,
      @Nullable Integer metricsPort) {}

  private final Options options;
  private final RoleFactory factory;
  private final Clock clock;
  private final PrintWriter out;
  private final boolean terminal;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * A demo, not yet started.
   *
   * @param out where it tells what it does
   * @param terminal whether to show a progress bar rather than lines
   */
  public Demo(
      Options options, RoleFactory factory, Clock clock, PrintWriter out, boolean terminal) {
    this.options = options;
    this.factory = factory;
    this.clock = clock;
    this.out = out;
    this.terminal = terminal;
  }

  /** Ends {@link #run} in good order: what was trained is checkpointed and reported. */
  public void stop() {
    stopped.countDown();
  }

  /**
   * Runs it all.
   *
   * @throws FailureException if it cannot be done
   * @throws Exception what the first role to fail threw
   */
  public void run() throws Exception {
    DemoFolder.requireFolderOf(options.summary());
    try (DemoFolder folder = new DemoFolder(options.output())) {
      say("Starting a Kafka broker in this process ...");
      try (EmbeddedBroker broker = EmbeddedBroker.start(folder.broker())) {
        run(folder, broker.bootstrapServers());
      }
    }
  }

  private void run(DemoFolder folder, String servers) throws Exception {
    KafkaClients clients = new KafkaClients(new KafkaConfig(servers, Map.of()));
    Replay.Options replay = prepare(folder, clients, servers);
    try (Telemetry telemetry = new Telemetry()) {
      DemoJobs jobs =
          new DemoJobs(
              DemoJob.natural(servers, options, folder.path(), factory, telemetry),
              DemoJob.rebalanced(servers, options, folder.path(), factory, telemetry));
      try (DemoJobs.Page page = jobs.page(telemetry, clock, options.metricsPort() == null)) {
        say("Watch it live: " + page.url() + " (metrics: /metrics, health: /health/ready)");
        // Nothing may be left running on a broker that is about to go.
        try (AutoCloseable draining = jobs::drain) {
          jobs.start();
          show(folder, clients, servers, replay, jobs);
        }
      }
    }
  }

  private void show(
      DemoFolder folder, KafkaClients clients, String servers, Replay.Options replay, DemoJobs jobs)
      throws Exception {
    Outcome outcome;
    try (LiveStream stream = new LiveStream(replay, clients, servers, clock)) {
      follow(stream, clients, jobs);
      outcome =
          new Outcome(
              options,
              folder,
              new HistoryReader(clients, TIMEOUT),
              stream.end(),
              stream.originMs(),
              jobs.natural(),
              jobs.rebalanced());
    }
    boolean stays = options.keepRunning() && stopped.getCount() > 0;
    if (stays) {
      outcome.print(outcome.write(), out);
      jobs.rebalanced()
          .answersOn()
          .ifPresent(url -> say("Ask the rebalanced model: " + question(url)));
      say("Still running, broker on " + servers + " until Ctrl-C or SIGTERM.");
      while (!stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        jobs.failIfAnyFailed();
      }
    }
    jobs.drain();
    jobs.failIfAnyFailed();
    ReportData data = outcome.write();
    if (!stays) {
      outcome.print(data, out);
    }
  }

  /** What to type for a score of an event. */
  private static String question(String url) {
    return "curl %s/score -H 'Content-Type: application/json' -d '%s'"
        .formatted(url, Shuttle.EVENT);
  }

  private Replay.Options prepare(DemoFolder folder, KafkaClients clients, String servers) {
    try (Admin admin = clients.admin("demo")) {
      TopicSetup topics = new TopicSetup(admin, TIMEOUT, servers);
      EmbeddedBroker.createOwnTopics(topics);
      topics.create(DemoJob.TOPIC, PARTITIONS, Map.of());
    }
    Shuttle.copyTo(folder.data());
    return new Replay.Options(
        folder.data(),
        Shuttle.FEATURES,
        Shuttle.LABEL,
        Shuttle.CLASSES,
        DemoJob.TOPIC,
        PARTITIONS,
        EventFormat.JSON,
        options.eventsPerSecond());
  }

  /** Watches until all that was published is trained on, or the demo is stopped. */
  private void follow(LiveStream stream, KafkaClients clients, DemoJobs jobs) throws Exception {
    if (terminal) {
      say("Streaming and training; G-mean so far: natural | rebalanced");
    }
    long trained = -1;
    long movedNs = System.nanoTime();
    try (TopicTail<MetricsPoint> left = jobs.natural().metrics(clients);
        TopicTail<MetricsPoint> right = jobs.rebalanced().metrics(clients);
        ProgressDisplay display = new ProgressDisplay("Shuttle", Shuttle.ROWS, terminal, out)) {
      while (stopped.getCount() > 0) {
        jobs.failIfAnyFailed();
        MetricsPoint leftNow = left.follow(POLL).orElse(null);
        MetricsPoint rightNow = right.follow(Duration.ZERO).orElse(null);
        String gmeans = ResultTable.gmeans(leftNow, rightNow, terminal);
        display.update(stream.published(), Shuttle.ROWS, gmeans);
        long nowTrained = Math.min(events(leftNow), events(rightNow));
        if (nowTrained != trained || !stream.finished()) {
          trained = nowTrained;
          movedNs = System.nanoTime();
        }
        if (stream.finished() && trained >= stream.published()) {
          display.finish(stream.published(), gmeans);
          return;
        }
        if (System.nanoTime() - movedNs > STALL_NS) {
          throw new FailureException(
              "the jobs stand still at %d of %d events".formatted(trained, stream.published()));
        }
      }
    }
  }

  private static long events(@Nullable MetricsPoint point) {
    return point == null ? 0 : point.events();
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
