package dev.counterweight.payments;

import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What happens, in order of time; a function of the plan alone. Chargebacks that would come after
 * the end do not come. Memory is bounded by the chargebacks that are to come, less than one in a
 * hundred of the payments. Not thread-safe.
 *
 * <p>Choices:
 *
 * <ul>
 *   <li>Chargebacks are log-normally late, 5 days in the median, and one in twenty later than the
 *       two weeks after which a payment without one is taken for good: its label is corrected then.
 *   <li>15 % of frauds are never charged back: nobody but the generator knows of them, and who
 *       judges by labels takes them for false alarms.
 *   <li>Of the chargebacks, 2 % are errors of honest cardholders, who take them back some days
 *       later.
 * </ul>
 */
public final class PaymentStream implements Iterator<Occurrence> {
  private static final double BROKEN = 0.001;
  private static final double TOMBSTONES = 0.0005;
  private static final double NEVER = 0.15;

  /** Of honest payments, which makes 2 % of all chargebacks. */
  private static final double ERRORS = Sources.FRAUDS * (1 - NEVER) * 0.02 / 0.98;

  private static final double LATE_DAYS = 5;
  private static final double LATE_SPREAD = 0.6;
  private static final double TAKEN_BACK_DAYS = 4;
  private static final double DAY_MS = Duration.ofDays(1).toMillis();

  private final PaymentsPlan plan;
  private final SplittableRandom random;
  private final Sources sources;
  private final Hours hours;
  private final PriorityQueue<Chargeback> pending =
      new PriorityQueue<>(
          Comparator.comparingLong(Chargeback::timeMs).thenComparingLong(Chargeback::payment));
  private @Nullable Occurrence ahead;
  private int made;

  public PaymentStream(PaymentsPlan plan) {
    this.plan = plan;
    this.random = new SplittableRandom(plan.seed());
    this.sources = new Sources(plan, random.split());
    this.hours = new Hours(plan);
  }

  @Override
  public boolean hasNext() {
    return ahead != null || made < plan.payments() || !pending.isEmpty();
  }

  @Override
  public Occurrence next() {
    if (ahead == null && made < plan.payments()) {
      ahead = make();
    }
    Occurrence first = ahead;
    Chargeback chargeback = pending.peek();
    if (chargeback != null && (first == null || chargeback.timeMs() < first.timeMs())) {
      return pending.remove();
    }
    if (first == null) {
      throw new NoSuchElementException("the stream of " + plan + " is over");
    }
    ahead = null;
    if (first instanceof Payment payment) {
      expectChargeback(payment);
    }
    return first;
  }

  /** Chargebacks that are to come. */
  int pending() {
    return pending.size();
  }

  private Occurrence make() {
    long number = made++;
    long timeMs = hours.timeMs((number + random.nextDouble()) / plan.payments());
    double kind = random.nextDouble();
    if (kind < BROKEN) {
      return new Broken(number, timeMs);
    }
    return kind < BROKEN + TOMBSTONES
        ? new Tombstone(number, timeMs)
        : sources.payment(number, timeMs, random);
  }

  private void expectChargeback(Payment payment) {
    boolean fraud = payment.truth().fraud();
    if (random.nextDouble() >= (fraud ? 1 - NEVER : ERRORS)) {
      return;
    }
    long at = later(payment.timeMs(), LATE_DAYS);
    expect(new Chargeback(payment.number(), at, true));
    if (!fraud) {
      expect(new Chargeback(payment.number(), later(at, TAKEN_BACK_DAYS), false));
    }
  }

  private long later(long fromMs, double medianDays) {
    double days = medianDays * StrictMath.exp(LATE_SPREAD * random.nextGaussian());
    return fromMs + Math.max(1, StrictMath.round(days * DAY_MS));
  }

  private void expect(Chargeback chargeback) {
    if (chargeback.timeMs() < plan.endMs()) {
      pending.add(chargeback);
    }
  }
}
