package dev.counterweight.sampler;

import dev.counterweight.config.SamplerConfig;
import dev.counterweight.sampler.TrainerReports.Standing;
import dev.counterweight.sampling.RateController;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much is drawn, by where the trainer stands: draws an event, where they follow it, and whether
 * to wait for it because the batch log is too far ahead. Without a trainer that has ever reported,
 * draws stay at the most and nobody is waited for; while reports stay away, draws stay as they are,
 * and the batch log grows to its largest lead. Not thread-safe.
 */
final class Effort {

  /** Where the trainer stands. */
  interface Reports {
    /** Takes in what is new, without waiting; whether there was any. */
    boolean read();

    /** Now, or null if not known. */
    @Nullable Standing standing();
  }

  private static final Logger LOG = LoggerFactory.getLogger(Effort.class);
  private static final long READ_EVERY_MS = 200;
  // Reports come once a second while the trainer gets on.
  private static final long SILENCE_MS = 3_000;
  private static final int TARGET_RECORDS = 4;
  private static final double GO_ON_BELOW = 0.9;

  private final @Nullable Reports reports;
  private final @Nullable RateController control;
  private final double fixed;
  private final long maxLead;
  private long readMs = -READ_EVERY_MS;
  private long observedMs;
  private double lead = Double.NaN;
  private boolean waiting;

  /**
   * @param reports null to follow nobody
   */
  Effort(SamplerConfig settings, @Nullable Reports reports) {
    this.reports = reports;
    this.fixed = settings.policy().draws();
    this.maxLead = settings.maxLead();
    this.control =
        reports != null && settings.policy().auto()
            ? new RateController(fixed, (double) TARGET_RECORDS * settings.recordDraws())
            : null;
  }

  /** D as of now. */
  double draws() {
    return control == null ? fixed : control.draws();
  }

  /** D is not to fall below this. */
  void atLeast(double draws) {
    if (control != null) {
      control.atLeast(draws);
    }
  }

  /** Whether to wait until the trainer has come nearer. */
  boolean waiting() {
    return waiting;
  }

  /** Rows of the batch log that the trainer has not reached, if known. */
  OptionalDouble lead() {
    return Double.isNaN(lead) ? OptionalDouble.empty() : OptionalDouble.of(lead);
  }

  /** Looks where the trainer stands, now and then; to be called often. */
  void follow(long nowMs) {
    if (reports == null || nowMs - readMs < READ_EVERY_MS) {
      return;
    }
    readMs = nowMs;
    boolean told = reports.read();
    if (told || nowMs - observedMs >= SILENCE_MS) {
      observedMs = nowMs;
      Standing standing = reports.standing();
      // Silence tells nothing of the trainer's pace: only reports move the draws.
      if (told && standing != null && control != null) {
        control.observe(nowMs, standing.trained(), standing.lag());
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
}
