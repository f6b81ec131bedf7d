package dev.counterweight.sampling;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decides how many draws an event makes, so that training effort follows the trainer's capacity:
 * draws rise while the trainer keeps up and fall while its lag grows.
 *
 * <p>With L rows in the batch log that the trainer has not reached, S rows written and T rows
 * trained on a second, over the last seconds, in which D draws were made an event: the aim is D (T
 * + (L* - L) / {@value #SETTLING_S} s) / S, at which the lag goes to L*, {@value #TARGET_S} s of
 * the trainer's work, by an exponential without overshoot; half of T is the least aimed at. A
 * trainer with little to do has L below L*, hence D rises until it is busy or D is at its bound.
 * Each step moves a part of the way, by at most {@value #MOST_RISE} times up and 1 / {@value
 * #MOST_FALL} down a second.
 *
 * <p>Not thread-safe.
 */
public final class RateController {
  private static final double SETTLING_S = 10;
  private static final double TARGET_S = 2;
  private static final double MAX_RISE = 1.15;
  private static final double MAX_FALL = 2;
  // A lag is worked off with this share of the trainer's time: new events go on being trained on.
  private static final double MAX_GIVEN_TO_LAG = 0.5;
  private static final double MIN_SHARE = 1e-3;
  private static final double GAIN = 0.5;
  private static final long WINDOW_MS = 4_000;
  private static final int MAX_OBSERVATIONS = 64;

  /**
   * @param draws D since the observation before
   */
  private record Observation(long timeMs, double trained, double lag, double draws) {}

  private final double most;
  private final double leastTarget;
  private final Deque<Observation> window = new ArrayDeque<>();
  private double least;
  private double draws;

  /**
   * Starts at the most.
   *
   * @param most the largest D, above 0
   * @param leastTarget L* at least, in rows: what the trainer may lag behind without being slow
   */
  public RateController(double most, double leastTarget) {
    this.most = most;
    this.leastTarget = leastTarget;
    this.draws = most;
    this.least = most * MIN_SHARE;
  }

  /** D as of now, between the bounds. */
  public double draws() {
    return draws;
  }

  /** Does not go below this D, or the largest where that is smaller; never below 1/1000 of it. */
  public void atLeast(double bound) {
    least = Math.min(Math.max(bound, most * MIN_SHARE), most);
    draws = Math.max(draws, least);
  }

  /**
   * Takes in where the trainer stands.
   *
   * @param timeMs of the observation; one that is not newer than the last is passed over
   * @param trained rows trained on, over all time; a smaller number than before is of a trainer
   *     that went back to its checkpoint, and observation starts anew
   * @param lag rows written and not trained on
   */
  public void observe(long timeMs, double trained, double lag) {
    Observation newest = window.peekLast();
    if (newest != null && (trained < newest.trained || timeMs < newest.timeMs)) {
      window.clear();
      newest = null;
    }
    if (newest != null && timeMs == newest.timeMs) {
      return;
    }
    window.addLast(new Observation(timeMs, trained, lag, draws));
    while (window.size() > MAX_OBSERVATIONS
        || (window.size() > 2 && timeMs - second().timeMs >= WINDOW_MS)) {
      window.removeFirst();
    }
    if (newest != null) {
      step(Math.min(2, (timeMs - newest.timeMs) / 1e3));
    }
  }

  private Observation second() {
    return window.stream().skip(1).findFirst().orElseThrow();
  }

  private void step(double seconds) {
    Observation from = window.getFirst();
    Observation to = window.getLast();
    double elapsed = (to.timeMs - from.timeMs) / 1e3;
    double trainedRate = (to.trained - from.trained) / elapsed;
    double writtenRate = trainedRate + (to.lag - from.lag) / elapsed;
    double target = Math.max(leastTarget, TARGET_S * trainedRate);
    double wantedRate =
        Math.max(trainedRate + (target - to.lag) / SETTLING_S, MAX_GIVEN_TO_LAG * trainedRate);
    double factor;
    if (writtenRate > 0) {
      // What was written in the window was drawn with its D, not with today's.
      factor = wantedRate / writtenRate * meanDraws() / draws;
    } else {
      // Nothing was written: D decides nothing now, and is moved to where the lag asks for.
      factor = to.lag > target ? 1 / MAX_FALL : MAX_RISE;
    }
    double part = Math.pow(Math.max(factor, MIN_SHARE), GAIN * seconds);
    double bounded =
        Math.min(Math.pow(MAX_RISE, seconds), Math.max(Math.pow(1 / MAX_FALL, seconds), part));
    draws = Math.min(most, Math.max(least, draws * bounded));
  }

  /** The mean of D over the window. */
  private double meanDraws() {
    double sum = 0;
    double span = 0;
    Observation before = null;
    for (Observation next : window) {
      if (before != null) {
        sum += next.draws * (next.timeMs - before.timeMs);
        span += next.timeMs - before.timeMs;
      }
      before = next;
    }
    return sum / span;
  }
}
