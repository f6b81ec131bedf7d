package dev.counterweight.sampling;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides how many draws an event makes, so that training effort follows the trainer's capacity:
 * draws rise while the trainer keeps up and fall while its lag grows. Where the batch log is too
 * far ahead of the trainer, says to wait for it. Without a trainer that has ever reported, draws
 * stay at the most and nobody is waited for; while reports stay away, draws stay as they are, and
 * the batch log grows to its largest lead.
 *
 * <p>With L rows in the batch log that the trainer has not reached, S rows written and T rows
 * trained on a second, over the last seconds, in which D draws were made an event: the aim is D (T
 * + (L* - L) / {@value #SETTLING_S} s) / S, at which the lag goes to L*, {@value #TARGET_S} s of
 * the trainer's work, by an exponential without overshoot; half of T is the least aimed at. A
 * trainer with little to do has L below L*, hence D rises until it is busy or D is at its bound.
 * Each step moves a part of the way, by at most {@value #MAX_RISE} times up and 1 / {@value
 * #MAX_FALL} down a second.
 *
 * <p>Not thread-safe.
 */
public final class RateController {
  /** What the trainer reports. */
  public interface Reports {
    /** Takes in what is new, without waiting; whether there was any. */
    boolean read();

    /** Where the trainer stands now, or null if not known. */
    @Nullable Standing standing();
  }

  /**
   * Where the trainer stands.
   *
   * @param trained rows trained on or held, over all time
   * @param lag rows of the batch log beyond its position
   */
  public record Standing(double trained, double lag) {}

  private static final Logger LOG = LoggerFactory.getLogger(RateController.class);
  private static final long READ_EVERY_MS = 200;
  // Reports come once a second while the trainer gets on.
  private static final long SILENCE_MS = 3_000;
  private static final double GO_ON_BELOW = 0.9;
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

  private final boolean auto;
  private final double leastTarget;
  private final long maxLead;
  private final @Nullable Reports reports;
  private final Deque<Observation> window = new ArrayDeque<>();
  private double most;
  private double least;
  private double draws;
  private long readMs = -READ_EVERY_MS;
  private long observedMs;
  private double lead = Double.NaN;
  private boolean waiting;

  /**
   * Starts at the most.
   *
   * @param most the largest D until {@link #between} says less
   * @param auto whether D follows the trainer, or stays at the most
   * @param leastTarget L* at least, in rows: what the trainer may lag behind without being slow
   * @param maxLead rows that the batch log may be ahead of the trainer
   * @param reports null to follow nobody
   */
  public RateController(
      double most, boolean auto, double leastTarget, long maxLead, @Nullable Reports reports) {
    this.most = most;
    this.auto = auto && reports != null;
    this.leastTarget = leastTarget;
    this.maxLead = maxLead;
    this.reports = reports;
    this.draws = most;
    this.least = most * MIN_SHARE;
  }

  /** D as of now, between the bounds. */
  public double draws() {
    return draws;
  }

  /** Whether to wait until the trainer has come nearer. */
  public boolean waiting() {
    return waiting;
  }

  /** Rows of the batch log that the trainer has not reached; NaN if not known. */
  public double lead() {
    return lead;
  }

  /**
   * Keeps D at {@code most}, or within the two where it follows the trainer: not below {@code
   * least}, or the largest where that is smaller; never below 1/1000 of it.
   */
  public void between(double least, double most) {
    this.most = most;
    this.least = Math.min(Math.max(least, most * MIN_SHARE), most);
    draws = auto ? Math.min(most, Math.max(this.least, draws)) : most;
  }

  /** Looks where the trainer stands, now and then; to be called often. */
  public void follow(long nowMs) {
    if (reports == null || nowMs - readMs < READ_EVERY_MS) {
      return;
    }
    readMs = nowMs;
    boolean told = reports.read();
    if (told || nowMs - observedMs >= SILENCE_MS) {
      observedMs = nowMs;
      Standing standing = reports.standing();
      // Silence tells nothing of the trainer's pace: only reports move the draws.
      if (told && standing != null && auto) {
        observe(nowMs, standing.trained(), standing.lag());
      }
      keepWithin(standing);
    }
  }

  private void keepWithin(@Nullable Standing standing) {
    lead = standing == null ? Double.NaN : standing.lag();
    boolean tooFar = lead >= (waiting ? GO_ON_BELOW * maxLead : maxLead);
    if (tooFar != waiting) {
      waiting = tooFar;
      LOG.warn(
          tooFar
              ? "Waiting for the trainer: the batch log is {} draws ahead of it,"
                  + " sampler.max.lead={}"
              : "Going on: the batch log is {} draws ahead of the trainer, sampler.max.lead={}",
          Math.round(lead),
          maxLead);
    }
  }

  /**
   * Takes in where the trainer stands.
   *
   * @param timeMs of the observation; one that is not newer than the last is passed over
   * @param trained rows trained on, over all time; a smaller number than before is of a trainer
   *     that went back to its checkpoint, and observation starts anew
   * @param lag rows written and not trained on
   */
  void observe(long timeMs, double trained, double lag) {
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
