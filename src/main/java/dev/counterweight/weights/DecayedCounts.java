package dev.counterweight.weights;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.weights.HalfLife.Unit;

/**
 * Counts of one partition under a half-life h, by forward decay (Cormode, Shkapenyuk, Srivastava
 * and Xu, Forward Decay, ICDE 2009): an event at position t_i adds 2^((t_i - L) / h) to a sum that
 * never has to be touched again, and at position t the class counts n_c = 2^(-(t - L) / h) times
 * its sum, which is the sum of 2^(-(t - t_i) / h). The landmark L moves up before sums grow too
 * large, so that a job may run for years.
 *
 * <p>With a half-life in event time, positions are event times: the counts do not depend on the
 * order in which events arrive, nor on how they are spread over partitions, and a late event counts
 * what it would have counted in time. With a half-life in events, positions are the events' numbers
 * within their own partition. The undecayed counts are exact always.
 *
 * <p>The count of a class that was seen stays above 0 however long it has been away. Not
 * thread-safe.
 */
public final class DecayedCounts {
  /** Half-lives after which the landmark moves: 2^64 leaves room for any number of events. */
  private static final double MAX_GROWTH = 64;

  private static final double LN_2 = StrictMath.log(2);

  private final HalfLife halfLife;
  private final ClassCounts sums;
  private double landmark;
  private long asOfMs;
  private long counted;

  /** Counts of K classes, all zero. */
  public DecayedCounts(HalfLife halfLife, int classes) {
    this(halfLife, new ClassCounts(classes), 0, Long.MIN_VALUE);
  }

  /**
   * Counts as they were when taken apart.
   *
   * @param sums the events, and what they add up to seen from the landmark; belong to the counts
   *     from now on
   * @param landmark L, a position
   * @param asOfMs latest event time counted; Long.MIN_VALUE before the first
   */
  public DecayedCounts(HalfLife halfLife, ClassCounts sums, double landmark, long asOfMs) {
    this.halfLife = halfLife;
    this.sums = sums;
    this.landmark = landmark;
    this.asOfMs = asOfMs;
    this.counted = sums.totalEvents();
  }

  /**
   * Counts one event.
   *
   * @param label class index, 0 to K-1
   * @param importance finite and at least 0
   * @param timeMs event time; any order
   */
  public void add(int label, double importance, long timeMs) {
    boolean first = counted == 0;
    counted++;
    asOfMs = Math.max(asOfMs, timeMs);
    if (halfLife.unit() == Unit.NONE) {
      sums.add(label, importance);
      return;
    }
    double position = halfLife.unit() == Unit.EVENTS ? counted : timeMs;
    if (first) {
      landmark = position;
    }
    sums.add(label, importance, share(position));
  }

  /**
   * Takes away an event that was counted with another class than it has; undecayed counts are then
   * what they would be without it, decayed ones but for rounding. Nothing is taken where no event
   * of the class is left.
   *
   * @param importance with which it was counted
   * @param timeMs by which it was counted
   * @return whether there was one
   * @throws FailureException if events fade in events: which of them it was is not known
   */
  public boolean take(int label, double importance, long timeMs) {
    if (halfLife.unit() == Unit.EVENTS) {
      throw new FailureException(
          "an event has come again with another class: under counts.half.life=%d events it is not known how far it has faded; set a half-life in event time, or none, and start again"
              .formatted(halfLife.amount()));
    }
    double share = halfLife.unit() == Unit.NONE || counted == 0 ? 1 : share(timeMs);
    boolean taken = sums.take(label, importance, share);
    counted -= taken ? 1 : 0;
    return taken;
  }

  /** What an event at a position adds to the sums, whose landmark moves if it must. */
  private double share(double position) {
    if (position - landmark > MAX_GROWTH * halfLife.amount()) {
      sums.scale(growth(landmark - position));
      landmark = position;
    }
    return growth(position - landmark);
  }

  /**
   * The largest importance with which an event of a class may be counted now: as {@link
   * ClassCounts#mostImportance}.
   */
  public double mostImportance(int label) {
    return sums.mostImportance(label);
  }

  /**
   * Takes what was counted for as old as of an earlier moment: the clock by which it was has been
   * set right since, and until event times come up to it, nothing new would count.
   *
   * @param momentMs event time; without effect at or after {@link #asOfMs}
   */
  public void moveBackTo(long momentMs) {
    if (momentMs < asOfMs) {
      landmark -= halfLife.unit() == Unit.MILLISECONDS ? asOfMs - momentMs : 0;
      asOfMs = momentMs;
    }
  }

  /**
   * The counts decayed to a moment, in a new object. Counts of several partitions, all decayed to
   * the latest of their {@link #asOfMs}, add up to the counts of the whole.
   *
   * @param momentMs event time; one before {@link #asOfMs} stands for it. Without effect on counts
   *     that do not fade in event time
   */
  public ClassCounts at(long momentMs) {
    ClassCounts now = sums.copy();
    if (counted > 0 && halfLife.unit() != Unit.NONE) {
      double position = halfLife.unit() == Unit.EVENTS ? counted : Math.max(momentMs, asOfMs);
      now.scale(growth(landmark - position));
    }
    return now;
  }

  /** The same counts with others behind them, of classes of which there is none. */
  public DecayedCounts grownTo(int classes) {
    return new DecayedCounts(halfLife, sums.grownTo(classes), landmark, asOfMs);
  }

  /** These counts as they are now, fading by another half-life from here on. */
  public DecayedCounts withHalfLife(HalfLife other) {
    double now = other.unit() == Unit.EVENTS ? counted : asOfMs;
    return new DecayedCounts(other, at(asOfMs), counted == 0 ? 0 : now, asOfMs);
  }

  public HalfLife halfLife() {
    return halfLife;
  }

  /** The events, and what they add up to seen from the landmark; not to be changed. */
  public ClassCounts sums() {
    return sums;
  }

  /** Events counted, over all classes. */
  public long totalEvents() {
    return counted;
  }

  /** L, as a position. */
  public double landmark() {
    return landmark;
  }

  /** Latest event time counted; Long.MIN_VALUE before the first. */
  public long asOfMs() {
    return asOfMs;
  }

  /** 2^(distance / h), above 0 always. */
  private double growth(double distance) {
    return Math.max(Double.MIN_NORMAL, Math.exp(distance / halfLife.amount() * LN_2));
  }
}
