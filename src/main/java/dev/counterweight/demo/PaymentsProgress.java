package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.payments.RecallOverTime;
import dev.counterweight.protocol.FailureException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * How far the stream is published and scored, in one line, and how far it may go on. Owned by the
 * demo's thread.
 */
final class PaymentsProgress implements AutoCloseable {
  private static final long STALL_NS = Duration.ofSeconds(90).toNanos();

  /** Without a step for so long, all is learnt that there is. */
  private static final long REST_NS = Duration.ofSeconds(3).toNanos();

  /** Without a step for so long, there is nothing more to learn, whatever became of the rest. */
  private static final long LONG_REST_NS = Duration.ofSeconds(20).toNanos();

  private static final long LOOK_NS = Duration.ofSeconds(1).toNanos();

  /** A part of the stream, by which the publishing may be ahead of the scores. */
  private static final int AHEAD = 25;

  /** A part of the stream that is published before there is a model: what is judged comes later. */
  private static final int UNSCORED = 4;

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
  private long moved = -1;
  private long movedNs = System.nanoTime();
  private long lookedNs = movedNs - LOOK_NS;
  private long inJoiner;
  private long unlearnt;
  private String message = "";

  PaymentsProgress(
      PaymentLedger ledger,
      PaymentPublisher publisher,
      ServedPayments natural,
      ServedPayments rebalanced,
      DemoJobs jobs,
      PaymentsPlan plan,
      boolean terminal,
      KafkaClients clients,
      PrintWriter out) {
    this.left = jobs.natural().metrics(clients);
    this.right = jobs.rebalanced().metrics(clients);
    this.ledger = ledger;
    this.publisher = publisher;
    this.natural = natural;
    this.rebalanced = rebalanced;
    this.jobs = jobs;
    this.plan = plan;
    this.terminal = terminal;
    if (terminal) {
      out.println("Paying and learning; recall of fraud at 1 % alerts: natural | rebalanced");
      out.flush();
    }
    this.display = new ProgressDisplay("Payments", plan.payments(), terminal, out);
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
    boolean published = publisher.finished();
    long scored = Math.min(natural.scored(), rebalanced.scored());
    publisher.allow(Math.max(plan.payments() / UNSCORED, scored + plan.payments() / AHEAD));
    long now = System.nanoTime();
    if (now - lookedNs > LOOK_NS) {
      lookedNs = now;
      look(now);
    }
    display.update(publisher.published(), plan.payments(), message);
    boolean answered = published && scored == publisher.published();
    if (answered && joined() && now - movedNs > (unlearnt <= 0 ? REST_NS : LONG_REST_NS)) {
      display.finish(publisher.published(), message);
      return true;
    }
    if (now - movedNs > STALL_NS) {
      throw new FailureException(
          "the jobs stand still: of %d payments one scored %d, the other %d"
              .formatted(publisher.published(), natural.scored(), rebalanced.scored()));
    }
    return false;
  }

  /**
   * Lets the stream go on only so far that its payments are scored, and its labels learnt, about
   * when they come: else figures would be those of this machine.
   */
  private void hold(long scored) {
    long trained = Math.min(events(left), events(right));
    long labelled = rebalanced.labelled().values().stream().mapToLong(Long::longValue).sum();
    long ahead = plan.payments() / AHEAD;
    unlearnt = labelled - trained;
    publisher.allow(
        unlearnt > ahead
            ? publisher.published()
            : Math.max(plan.payments() / UNSCORED, scored + ahead));
  }

  private static long events(TopicTail<MetricsPoint> tail) {
    return tail.follow(Duration.ZERO).map(MetricsPoint::events).orElse(0L);
  }

  /** Whether anything was done since it was last asked, and what to say. */
  private void look(long now) {
    Map<String, Object> done = jobs.rebalanced().runner().summary();
    inJoiner = of(done, "matched") + of(done, "unlabelled") + of(done, "waiting");
    long sum =
        publisher.published()
            - unlearnt
            + natural.scored()
            + rebalanced.scored()
            + inJoiner
            + of(done, "labelled")
            + of(done, "steps");
    if (sum != moved) {
      moved = sum;
      movedNs = now;
    }
    message = message();
  }

  private static long of(Map<String, Object> summary, String figure) {
    return summary.get(figure) instanceof Number number ? number.longValue() : 0;
  }

  /** Whether every payment waits for its label, or has one. */
  private boolean joined() {
    return inJoiner >= publisher.published();
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
    int window = plan.payments() / WINDOWS;
    double[] scores = new double[window];
    double[] frauds = new double[window];
    int known = 0;
    int fraud = 0;
    for (int number = ledger.numbers() - 1; number >= 0 && known < window; number--) {
      double score = served.score(number);
      if (!Double.isNaN(score)) {
        scores[known++] = score;
        if (ledger.fraud(number)) {
          frauds[fraud++] = score;
        }
      }
    }
    if (fraud == 0) {
      return "-";
    }
    Arrays.sort(scores, 0, known);
    double least = scores[known - (int) Math.ceil(RecallOverTime.ALERTS * known)];
    long found = Arrays.stream(frauds, 0, fraud).filter(score -> score >= least).count();
    return String.format(Locale.ROOT, "%.2f", (double) found / fraud);
  }
}
