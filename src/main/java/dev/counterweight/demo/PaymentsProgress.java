package dev.counterweight.demo;

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
  private long moved = -1;
  private long movedNs = System.nanoTime();
  private long lookedNs = movedNs - LOOK_NS;
  private long inJoiner;
  private String message = "";

  PaymentsProgress(
      PaymentLedger ledger,
      PaymentPublisher publisher,
      ServedPayments natural,
      ServedPayments rebalanced,
      DemoJobs jobs,
      PaymentsPlan plan,
      boolean terminal,
      PrintWriter out) {
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
    if (answered && joined() && now - movedNs > REST_NS) {
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

  /** Whether anything was done since it was last asked, and what to say. */
  private void look(long now) {
    Map<String, Object> left = jobs.natural().runner().summary();
    Map<String, Object> right = jobs.rebalanced().runner().summary();
    inJoiner = of(right, "matched") + of(right, "unlabelled") + of(right, "waiting");
    long sum =
        publisher.published()
            + natural.scored()
            + rebalanced.scored()
            + inJoiner
            + of(right, "labelled")
            + of(left, "steps")
            + of(right, "steps");
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
