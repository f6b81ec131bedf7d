package dev.counterweight.demo;

import dev.counterweight.config.RegistryConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.payments.PaymentStream;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.registry.SchemaRegistration;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Card payments whose chargebacks come days later on another topic: joined, learnt, and scored by
 * both jobs when they come; judged by the truth, which no job sees.
 */
public final class PaymentsScenario implements Scenario {
  /** As many payments as two idle cores take in two minutes. */
  public static final int EVENTS = 100_000;

  public static final int LEAST_EVENTS = 2_000;
  public static final int MOST_EVENTS = PaymentsPlan.MAX_PAYMENTS;

  /** Payments a second, unless another pace is asked for. */
  public static final double RATE = 1_000;

  private static final int PARTITIONS = 2;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final long POLL_MS = 100;

  private final PaymentsPlan plan;
  private final LocalRegistry registry = LocalRegistry.start();
  private @Nullable ServedPayments natural;
  private @Nullable ServedPayments rebalanced;
  private @Nullable PaymentsOutcome outcome;

  PaymentsScenario(int events, Demo.Options options, Clock clock) {
    this.plan = PaymentsPlan.before(events, options.seed(), clock.instant());
  }

  @Override
  public Map<String, String> natural(DemoFolder folder) {
    return PaymentsJobs.natural(registry.url());
  }

  @Override
  public Map<String, String> rebalanced(DemoFolder folder) {
    return PaymentsJobs.rebalanced(registry.url(), folder.state());
  }

  /**
   * Those of the shop, which hold what is ten weeks old, and those that one job reads of another.
   */
  @Override
  public void createTopics(TopicSetup topics, DemoJobs jobs) {
    for (String name : List.of(PaymentsJobs.PAYMENTS, PaymentsJobs.CHARGEBACKS)) {
      topics.create(name, PARTITIONS, Map.of("retention.ms", "-1"));
    }
    JobTopics rebalanced = jobs.rebalanced().config().topics();
    JobTopics natural = jobs.natural().config().topics();
    topics.ensure(rebalanced, rebalanced.labelled(), PARTITIONS);
    topics.ensure(natural, natural.scores(), PARTITIONS);
    topics.ensure(rebalanced, rebalanced.scores(), PARTITIONS);
  }

  @Override
  public void play(Stage stage) throws Exception {
    PaymentLedger ledger = new PaymentLedger(plan);
    ServedPayments left = served(stage, stage.jobs().natural(), false);
    natural = left;
    ServedPayments right = served(stage, stage.jobs().rebalanced(), true);
    rebalanced = right;
    outcome = new PaymentsOutcome(stage, plan, ledger, left, right);
    try (PaymentPublisher publisher =
            new PaymentPublisher(
                new PaymentStream(plan),
                records(),
                ledger,
                stage.clients(),
                stage.options().eventsPerSecond());
        PaymentsProgress progress =
            new PaymentsProgress(stage, plan, ledger, publisher, left, right)) {
      while (!stage.stopped().getAsBoolean() && !progress.advance()) {
        stage.jobs().failIfAnyFailed();
        TimeUnit.MILLISECONDS.sleep(POLL_MS);
      }
      publisher.end();
    }
  }

  private ServedPayments served(Stage stage, DemoJob job, boolean joins) {
    return new ServedPayments(
        stage.clients(), job.config().topics(), PARTITIONS, joins, plan.payments());
  }

  private PaymentRecords records() {
    SchemaRegistration schemas =
        new SchemaRegistration(new RegistryConfig(registry.url(), TIMEOUT));
    return new PaymentRecords(
        schemas.register(PaymentsJobs.PAYMENTS + "-value", "AVRO", PaymentRecords.PAYMENT),
        schemas.register(PaymentsJobs.CHARGEBACKS + "-value", "AVRO", PaymentRecords.CHARGEBACK));
  }

  @Override
  public void ask() {
    played().ask();
  }

  @Override
  public Outcome outcome() {
    return played().write();
  }

  private PaymentsOutcome played() {
    return Objects.requireNonNull(outcome, "an outcome before the payments");
  }

  @Override
  public String question() {
    return PaymentsJobs.QUESTION;
  }

  @Override
  public void close() {
    try (LocalRegistry last = registry;
        ServedPayments right = rebalanced;
        ServedPayments left = natural) {
      outcome = null;
    }
  }
}
