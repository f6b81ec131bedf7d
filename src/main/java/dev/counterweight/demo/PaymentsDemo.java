package dev.counterweight.demo;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.payments.PaymentStream;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.registry.SchemaRegistration;
import dev.counterweight.runtime.Telemetry;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/**
 * Ten weeks of card payments in two minutes, in this JVM: a broker, a schema registry, payments
 * whose chargebacks come days later on another topic, and two jobs that learn from them and score
 * each payment when it comes. Ends with a table, a report and both jobs' checkpoints.
 *
 * <p>{@link #run} once, by one thread; {@link #stop} from any.
 */
public final class PaymentsDemo {
  /** As many payments as two idle cores take in two minutes. */
  public static final int EVENTS = 100_000;

  public static final int LEAST_EVENTS = 2_000;
  public static final int MOST_EVENTS = PaymentsPlan.MAX_PAYMENTS;

  /** Payments a second, unless another pace is asked for. */
  public static final double RATE = 1_000;

  private static final int PARTITIONS = 2;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);

  private final int events;
  private final Demo.Options options;
  private final RoleFactory factory;
  private final Clock clock;
  private final PrintWriter out;
  private final boolean terminal;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * A demo, not yet started.
   *
   * @param events records of payments that there are, a few of them broken or deletions
   * @param out where it tells what it does
   * @param terminal whether to show a progress bar rather than lines
   */
  public PaymentsDemo(
      int events,
      Demo.Options options,
      RoleFactory factory,
      Clock clock,
      PrintWriter out,
      boolean terminal) {
    this.events = events;
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
      say("Starting a Kafka broker and a schema registry in this process ...");
      try (EmbeddedBroker broker = EmbeddedBroker.start(folder.broker());
          LocalRegistry registry = LocalRegistry.start()) {
        run(folder, broker.bootstrapServers(), registry);
      }
    }
  }

  private void run(DemoFolder folder, String servers, LocalRegistry registry) throws Exception {
    KafkaClients clients = new KafkaClients(new KafkaConfig(servers, Map.of()));
    PaymentsJobs.Places places =
        new PaymentsJobs.Places(
            servers, registry.url(), folder.path(), options.seed(), options.metricsPort());
    try (Telemetry telemetry = new Telemetry()) {
      DemoJobs jobs =
          new DemoJobs(
              DemoJob.of(PaymentsJobs.natural(places), factory, telemetry),
              DemoJob.of(PaymentsJobs.rebalanced(places), factory, telemetry));
      createTopics(clients, servers, jobs);
      try (DemoJobs.Page page = jobs.page(telemetry, clock, options.metricsPort() == null)) {
        say("Watch it live: " + page.url() + " (metrics: /metrics, health: /health/ready)");
        // Nothing may be left running on a broker that is about to go.
        try (AutoCloseable draining = jobs::drain) {
          jobs.start();
          show(folder, clients, servers, registry, jobs);
        }
      }
    }
  }

  private void show(
      DemoFolder folder,
      KafkaClients clients,
      String servers,
      LocalRegistry registry,
      DemoJobs jobs)
      throws Exception {
    PaymentsPlan plan = PaymentsPlan.before(events, options.seed(), clock.instant());
    PaymentLedger ledger = new PaymentLedger(plan);
    try (ServedPayments natural =
            new ServedPayments(
                clients, jobs.natural().config().topics(), PARTITIONS, false, events);
        ServedPayments rebalanced =
            new ServedPayments(
                clients, jobs.rebalanced().config().topics(), PARTITIONS, true, events)) {
      PaymentsOutcome outcome =
          new PaymentsOutcome(options, plan, folder, ledger, natural, rebalanced, jobs);
      PaymentRecords records = registered(registry);
      try (PaymentPublisher publisher =
              new PaymentPublisher(
                  new PaymentStream(plan), records, ledger, clients, options.eventsPerSecond());
          PaymentsProgress progress =
              new PaymentsProgress(
                  ledger, publisher, natural, rebalanced, jobs, plan, terminal, clients, out)) {
        follow(progress, jobs);
        publisher.end();
      }
      finish(outcome, jobs, servers);
    }
  }

  /** Watches until every payment is scored and what labels came is learnt, or it is stopped. */
  private void follow(PaymentsProgress progress, DemoJobs jobs) throws Exception {
    while (!stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS) && !progress.advance()) {
      jobs.failIfAnyFailed();
    }
  }

  private void finish(PaymentsOutcome outcome, DemoJobs jobs, String servers) throws Exception {
    boolean stays = options.keepRunning() && stopped.getCount() > 0;
    if (stays) {
      PaymentsReportData soFar = outcome.write();
      outcome.print(soFar, out);
      outcome.summarise(soFar);
      jobs.rebalanced().answersOn().ifPresent(url -> say(question(url)));
      say("Still running, broker on " + servers + " until Ctrl-C or SIGTERM.");
      while (!stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        jobs.failIfAnyFailed();
      }
    }
    outcome.ask();
    jobs.drain();
    jobs.failIfAnyFailed();
    PaymentsReportData data = outcome.write();
    if (!stays) {
      outcome.print(data, out);
    }
    outcome.summarise(data);
  }

  /** What to type for a score of a payment. */
  private static String question(String url) {
    return "Ask the rebalanced model: curl %s/score -H 'Content-Type: application/json' -d '%s'"
        .formatted(url, PaymentsJobs.QUESTION);
  }

  private static PaymentRecords registered(LocalRegistry registry) {
    SchemaRegistration schemas =
        new SchemaRegistration(new RegistryConfig(registry.url(), TIMEOUT));
    return new PaymentRecords(
        schemas.register(PaymentsJobs.PAYMENTS + "-value", "AVRO", PaymentRecords.PAYMENT),
        schemas.register(PaymentsJobs.CHARGEBACKS + "-value", "AVRO", PaymentRecords.CHARGEBACK));
  }

  /**
   * Those of the shop, which hold what is ten weeks old, and those that one job reads of another.
   */
  private static void createTopics(KafkaClients clients, String servers, DemoJobs jobs) {
    try (Admin admin = clients.admin("demo")) {
      TopicSetup topics = new TopicSetup(admin, TIMEOUT, servers);
      EmbeddedBroker.createOwnTopics(topics);
      for (String name : List.of(PaymentsJobs.PAYMENTS, PaymentsJobs.CHARGEBACKS)) {
        topics.create(name, PARTITIONS, Map.of("retention.ms", "-1"));
      }
      topics.ensureLabelled(jobs.rebalanced().config().topics(), PARTITIONS);
      topics.ensureScores(jobs.natural().config().topics(), PARTITIONS);
      topics.ensureScores(jobs.rebalanced().config().topics(), PARTITIONS);
    }
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
