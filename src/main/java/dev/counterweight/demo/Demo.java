package dev.counterweight.demo;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * The whole product in this JVM: a broker, a stream, and two jobs that learn from it side by side,
 * one that takes the events as they come and one that rebalances. Ends with a table, a report and
 * both jobs' checkpoints.
 *
 * <p>{@link #run} once, by one thread; {@link #stop} from any.
 */
public final class Demo {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);

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
      @Nullable Integer metricsPort) {
    /** The pace in words. */
    String pace(String events) {
      return eventsPerSecond == 0
          ? "as fast as possible"
          : String.format(Locale.ROOT, "%,.0f %s/s", eventsPerSecond, events);
    }
  }

  /** Makes the roles of a job, not yet started. */
  public interface Roles {
    List<Role> of(JobConfig config, KafkaClients clients, MeterRegistry registry);
  }

  /**
   * Who runs it, and for whom.
   *
   * @param out where it tells what it does
   * @param terminal whether to show a progress bar rather than lines
   */
  public record Setting(Roles roles, Clock clock, PrintWriter out, boolean terminal) {}

  private final String starts;
  private final Supplier<Scenario> scenarios;
  private final Options options;
  private final Setting setting;
  private final CountDownLatch stopped = new CountDownLatch(1);

  private Demo(String starts, Supplier<Scenario> scenarios, Options options, Setting setting) {
    this.starts = starts;
    this.scenarios = scenarios;
    this.options = options;
    this.setting = setting;
  }

  /** The Shuttle data as a paced stream. */
  public static Demo shuttle(Options options, Setting setting) {
    return new Demo("a Kafka broker", ShuttleScenario::new, options, setting);
  }

  /**
   * Ten weeks of card payments in two minutes, whose chargebacks come days later on another topic.
   *
   * @param events records of payments that there are, a few of them broken or deletions
   */
  public static Demo payments(int events, Options options, Setting setting) {
    return new Demo(
        "a Kafka broker and a schema registry",
        () -> new PaymentsScenario(events, options, setting.clock()),
        options,
        setting);
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
      say("Starting " + starts + " in this process ...");
      try (EmbeddedBroker broker = EmbeddedBroker.start(folder.broker());
          Scenario scenario = scenarios.get()) {
        run(folder, broker.bootstrapServers(), scenario);
      }
    }
  }

  private void run(DemoFolder folder, String servers, Scenario scenario) throws Exception {
    KafkaClients clients = new KafkaClients(new KafkaConfig(servers, Map.of()));
    try (Telemetry telemetry = new Telemetry()) {
      DemoJob.Place place = new DemoJob.Place(servers, options, folder);
      DemoJobs jobs =
          new DemoJobs(
              DemoJob.natural(scenario.natural(folder), place, setting.roles(), telemetry),
              DemoJob.rebalanced(scenario.rebalanced(folder), place, setting.roles(), telemetry));
      createTopics(clients, servers, scenario, jobs);
      try (DemoJobs.Page page =
          jobs.page(telemetry, setting.clock(), options.metricsPort() == null)) {
        say("Watch it live: " + page.url() + " (metrics: /metrics, health: /health/ready)");
        // Nothing may be left running on a broker that is about to go.
        try (AutoCloseable draining = jobs::drain) {
          jobs.start();
          scenario.play(
              new Scenario.Stage(
                  options,
                  folder,
                  clients,
                  servers,
                  jobs,
                  setting.clock(),
                  setting.out(),
                  setting.terminal(),
                  () -> stopped.getCount() == 0));
          finish(scenario, jobs, folder, servers);
        }
      }
    }
  }

  private static void createTopics(
      KafkaClients clients, String servers, Scenario scenario, DemoJobs jobs) {
    try (Admin admin = clients.admin("demo")) {
      TopicSetup topics = new TopicSetup(admin, TIMEOUT, servers);
      EmbeddedBroker.createOwnTopics(topics);
      scenario.createTopics(topics, jobs);
    }
  }

  private void finish(Scenario scenario, DemoJobs jobs, DemoFolder folder, String servers)
      throws Exception {
    boolean stays = options.keepRunning() && stopped.getCount() > 0;
    if (stays) {
      tell(scenario.outcome(), folder);
      jobs.rebalanced()
          .answersOn()
          .ifPresent(
              url ->
                  say(
                      "Ask the rebalanced model: curl %s/score -H 'Content-Type: application/json' -d '%s'"
                          .formatted(url, scenario.question())));
      say("Still running, broker on " + servers + " until Ctrl-C or SIGTERM.");
      while (!stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        jobs.failIfAnyFailed();
      }
    }
    scenario.ask();
    jobs.drain();
    jobs.failIfAnyFailed();
    Scenario.Outcome outcome = scenario.outcome();
    if (stays) {
      summarise(outcome);
    } else {
      tell(outcome, folder);
    }
  }

  /** Prints the table, and where the files are. */
  private void tell(Scenario.Outcome outcome, DemoFolder folder) {
    setting.out().print("\n" + outcome.table() + "\n");
    say("Report: " + folder.report());
    say("Checkpoints: " + folder.checkpoints());
    summarise(outcome);
  }

  /** Writes the summary, if one is wanted; after the table, which must not be lost with it. */
  private void summarise(Scenario.Outcome outcome) {
    if (options.summary() != null) {
      RoleRunner.write(outcome.summary(), options.summary());
    }
  }

  private void say(String line) {
    setting.out().println(line);
    setting.out().flush();
  }
}
