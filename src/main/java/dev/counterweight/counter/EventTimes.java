package dev.counterweight.counter;

import dev.counterweight.weights.DecayedCounts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The times by which the events of one partition are counted: no further ahead of the clock than
 * the bound allows, also where the clock was wrong, or is. Not thread-safe.
 */
final class EventTimes {
  private static final Logger LOG = LoggerFactory.getLogger(EventTimes.class);

  private final ClockVote vote;
  private final CounterMeters metrics;
  private long latestMs;

  EventTimes(ClockVote vote, CounterMeters metrics) {
    this.vote = vote;
    this.metrics = metrics;
  }

  /** Reads the clock, for the events that follow. */
  void readClock() {
    latestMs = vote.latestMs();
  }

  /**
   * The time by which the next event is to be counted. Moves the counts back once enough events say
   * that they are dated ahead; until then an event counts as though they had been, and so whole.
   *
   * @param timeMs what the event says
   */
  long of(int partition, DecayedCounts counts, long timeMs) {
    boolean ahead = timeMs > latestMs;
    if (ahead) {
      metrics.count(CounterMetric.CLAMPED, 1);
    }
    if (!vote.passedBy(counts.asOfMs())) {
      vote.forget();
      return ahead ? clamped(counts, timeMs) : timeMs;
    }
    if (ahead) {
      vote.contradict(1);
      return clamped(counts, timeMs);
    }
    vote.agree(1);
    long countsAheadMs = counts.asOfMs() - latestMs;
    if (!vote.carried()) {
      return timeMs + countsAheadMs;
    }
    LOG.warn(
        "partition {}: what is counted is dated {} ms ahead of the clock: taking it for of now",
        partition,
        countsAheadMs);
    counts.moveBackTo(latestMs);
    vote.forget();
    return timeMs;
  }

  /** If the clock was set back, the counts know better, which stand where it was right. */
  private long clamped(DecayedCounts counts, long timeMs) {
    return Math.max(latestMs, Math.min(timeMs, counts.asOfMs()));
  }
}
