package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.payments.RecallOverTime;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.BitSet;
import java.util.Locale;
import java.util.Map;

/**
 * How far the stream is published and scored, in one line, and how far it may go on. Owned by the
 * demo's thread.
 */
final class PaymentsProgress implements AutoCloseable {
  private static final long LOOK_NS = Duration.ofSeconds(1).toNanos();

  private static final int WINDOWS = 5;

  private final PaymentLedger ledger;
  private final PaymentPublisher publisher;
  private final ServedPayments natural;
  private final ServedPayments rebalanced;
  private final DemoJobs jobs;
  private final PaymentsPlan plan;
  private final boolean terminal;
  private final ProgressDisplay display;
  private final TopicTail<MetricsPoint> left;
  private final TopicTail<MetricsPoint> right;
  private final PaymentsPace pace;
  private long lookedNs;
  private long joined;
  private long naturalSteps;
  private long rebalancedSteps;
  private String message = "";

  PaymentsProgress(
      Scenario.Stage stage,
      PaymentsPlan plan,
      PaymentLedger ledger,
      PaymentPublisher publisher,
      ServedPayments natural,
      ServedPayments rebalanced) {
    this.jobs = stage.jobs();
    this.left = jobs.natural().metrics(stage.clients());
    this.right = jobs.rebalanced().metrics(stage.clients());
    this.ledger = ledger;
    this.publisher = publisher;
    this.natural = natural;
    this.rebalanced = rebalanced;
    this.plan = plan;
    this.terminal = stage.terminal();
    this.pace = new PaymentsPace(plan.payments(), System.nanoTime(), publisher::allow);
    this.lookedNs = System.nanoTime() - LOOK_NS;
    if (terminal) {
      stage.say("Paying and learning; recall of fraud at 1 % alerts: natural | rebalanced");
    }
    this.display = new ProgressDisplay("Payments", plan.payments(), terminal, stage.out());
  }

  /**
   * Takes in what has come.
   *
   * @return whether everything is scored, and what labels there are is learnt
   * @throws FailureException if nothing moves
   */
  boolean advance() throws InterruptedException {
    natural.follow();
    rebalanced.follow();
    long now = System.nanoTime();
    if (now - lookedNs > LOOK_NS) {
      lookedNs = now;
      look();
    }
    if (pace.advance(seen(), now)) {
      display.finish(publisher.published(), message);
      return true;
    }
    display.update(publisher.published(), plan.payments(), message);
    return false;
  }

  private PaymentsPace.Seen seen() throws InterruptedException {
    boolean finished = publisher.finished();
    return new PaymentsPace.Seen(
        finished,
        publisher.published(),
        new PaymentsPace.Seen.Job(natural.scored(), events(left), naturalSteps),
        new PaymentsPace.Seen.Job(rebalanced.scored(), events(right), rebalancedSteps),
        joined,
        rebalanced.labelled().values().stream().mapToLong(Long::longValue).sum());
  }

  private static long events(TopicTail<MetricsPoint> tail) {
    return tail.follow(Duration.ZERO).map(MetricsPoint::events).orElse(0L);
  }

  /** What the roles tell of themselves, and what to say. */
  private void look() {
    Map<String, Object> done = jobs.rebalanced().runner().summary();
    joined = of(done, "matched") + of(done, "unlabelled") + of(done, "waiting");
    rebalancedSteps = of(done, "steps");
    naturalSteps = of(jobs.natural().runner().summary(), "steps");
    message = message();
  }

  private static long of(Map<String, Object> summary, String figure) {
    return summary.get(figure) instanceof Number number ? number.longValue() : 0;
  }

  @Override
  public void close() {
    display.close();
    left.close();
    right.close();
  }

  private String message() {
    String left = recall(natural);
    String right = recall(rebalanced);
    return left.equals("-") && right.equals("-")
        ? ""
        : (terminal ? "recall %s | %s" : "recall of fraud at 1 %% alerts natural %s, rebalanced %s")
            .formatted(left, right);
  }

  /** Recall over the newest fifth of the stream that was scored; a dash where it had no fraud. */
  private String recall(ServedPayments served) {
    BitSet newest = new BitSet();
    int left = plan.payments() / WINDOWS;
    for (int number = ledger.numbers() - 1; number >= 0 && left > 0; number--) {
      if (!Double.isNaN(served.score(number))) {
        newest.set(number);
        left--;
      }
    }
    Estimate recall = RecallOverTime.found(ledger.judged(served::score, newest)).recall();
    return recall.known() ? String.format(Locale.ROOT, "%.2f", recall.value()) : "-";
  }
}
