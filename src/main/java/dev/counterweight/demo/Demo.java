package dev.counterweight.demo;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.live.LivePage;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.internals.Topic;
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
  private static final long DRAIN_MS = Duration.ofSeconds(60).toMillis();

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
      DemoJob natural = DemoJob.natural(servers, options, folder.path(), factory, telemetry);
      DemoJob rebalanced = DemoJob.rebalanced(servers, options, folder.path(), factory, telemetry);
      List<DemoJob> jobs = List.of(natural, rebalanced);
      List<RoleView> roles = jobs.stream().flatMap(job -> job.runner().roles().stream()).toList();
      try (LivePage page = LivePage.start(List.of(rebalanced.live(), natural.live()), clock);
          HttpEndpoint endpoint = endpoint(natural.config().metrics(), telemetry, roles, page)) {
        say("Watch it live: " + endpoint.url() + "/ (metrics: /metrics, health: /health/ready)");
        try {
          jobs.forEach(DemoJob::start);
          show(folder, clients, servers, replay, natural, rebalanced);
        } finally {
          // Nothing may be left running on a broker that is about to go.
          drain(jobs);
        }
      }
    }
  }

  private void show(
      DemoFolder folder,
      KafkaClients clients,
      String servers,
      Replay.Options replay,
      DemoJob natural,
      DemoJob rebalanced)
      throws Exception {
    List<DemoJob> jobs = List.of(natural, rebalanced);
    Outcome outcome;
    try (LiveStream stream = new LiveStream(replay, clients, servers, clock)) {
      follow(stream, clients, natural, rebalanced);
      outcome =
          new Outcome(
              options,
              folder,
              new HistoryReader(clients, TIMEOUT),
              stream.end(),
              stream.originMs(),
              natural,
              rebalanced);
    }
    boolean stays = options.keepRunning() && stopped.getCount() > 0;
    if (stays) {
      outcome.print(outcome.write(), out);
      rebalanced.answersOn().ifPresent(url -> say("Ask the rebalanced model: " + question(url)));
      say("Still running, broker on " + servers + " until Ctrl-C or SIGTERM.");
      while (!stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        failIfAnyFailed(jobs);
      }
    }
    drain(jobs);
    failIfAnyFailed(jobs);
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
      // Else every client that is the first to ask for them has the broker make them, and warn of
      // the others.
      for (String own :
          List.of(Topic.GROUP_METADATA_TOPIC_NAME, Topic.TRANSACTION_STATE_TOPIC_NAME)) {
        topics.create(own, EmbeddedBroker.OWN_PARTITIONS, Map.of("cleanup.policy", "compact"));
      }
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
  private void follow(LiveStream stream, KafkaClients clients, DemoJob natural, DemoJob rebalanced)
      throws Exception {
    if (terminal) {
      say("Streaming and training; G-mean so far: natural | rebalanced");
    }
    long trained = -1;
    long movedNs = System.nanoTime();
    try (TopicTail<MetricsPoint> left = metrics(clients, natural);
        TopicTail<MetricsPoint> right = metrics(clients, rebalanced);
        ProgressDisplay display = new ProgressDisplay("Shuttle", Shuttle.ROWS, terminal, out)) {
      while (stopped.getCount() > 0) {
        failIfAnyFailed(List.of(natural, rebalanced));
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

  /** A job's metrics, of which the newest will be asked for; their topic must exist. */
  private static TopicTail<MetricsPoint> metrics(KafkaClients clients, DemoJob job) {
    JobTopics topics = job.config().topics();
    return new TopicTail<>(
        clients.consumer(topics.job() + ".metrics-tail", Map.of()),
        topics.metrics(),
        found -> MetricsPoint.of(TrainerReport.read(found.value()), 0));
  }

  private static long events(@Nullable MetricsPoint point) {
    return point == null ? 0 : point.events();
  }

  private HttpEndpoint endpoint(
      MetricsConfig wanted, Telemetry telemetry, List<RoleView> roles, LivePage page) {
    try {
      return HttpEndpoint.start(wanted, telemetry, Health.of(roles), page.pages());
    } catch (FailureException taken) {
      if (options.metricsPort() != null) {
        throw taken;
      }
      // Nobody asked for this very port: a demo should not fail for want of it.
      return HttpEndpoint.start(
          new MetricsConfig(wanted.host(), 0, wanted.kafkaAway(), wanted.allowedHosts()),
          telemetry,
          Health.of(roles),
          page.pages());
    }
  }

  private static void drain(List<DemoJob> jobs) throws InterruptedException {
    jobs.forEach(job -> job.runner().drain());
    for (DemoJob job : jobs) {
      if (!job.runner().await(DRAIN_MS)) {
        throw new FailureException(
            "job '%s' did not end within %d s".formatted(job.config().job(), DRAIN_MS / 1000));
      }
    }
  }

  private static void failIfAnyFailed(List<DemoJob> jobs) throws Exception {
    for (DemoJob job : jobs) {
      Throwable failure = job.runner().failure();
      if (failure != null) {
        throw failure instanceof Exception e ? e : new IllegalStateException(failure);
      }
    }
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
