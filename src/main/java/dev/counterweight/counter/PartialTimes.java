package dev.counterweight.counter;

import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a partition in which nothing comes from deciding the counts of the job: if it counted its
 * last events by a clock that was ahead, the others, which have moved back, would fade to nothing
 * beside it. Not thread-safe.
 */
final class PartialTimes {
  private static final Logger LOG = LoggerFactory.getLogger(PartialTimes.class);

  private final ClockBound bound;
  private final ClockVote vote = new ClockVote();

  PartialTimes(ClockBound bound) {
    this.bound = bound;
  }

  /** A partial has come, with so many offsets more than the one before it. */
  void saw(PartitionCounts partial, long progress) {
    boolean ahead = bound.passedBy(partial.counts().asOfMs());
    vote.cast(ahead ? 0 : progress, ahead ? progress : 0);
  }

  /**
   * Moves partials that are dated ahead of the clock back to the newest of the others, once enough
   * events of those say that the clock is right.
   *
   * @return those that were moved, by partition
   */
  Map<Integer, PartitionCounts> movedBack(MergedPartials merged) {
    Map<Integer, PartitionCounts> ahead = new TreeMap<>();
    long newestMs = Long.MIN_VALUE;
    for (Map.Entry<Integer, PartitionCounts> part : merged.parts().entrySet()) {
      long asOfMs = part.getValue().counts().asOfMs();
      if (bound.passedBy(asOfMs)) {
        ahead.put(part.getKey(), part.getValue());
      } else {
        newestMs = Math.max(newestMs, asOfMs);
      }
    }
    if (ahead.isEmpty()) {
      vote.forget();
      return ahead;
    }
    if (!vote.carried() || newestMs == Long.MIN_VALUE) {
      return Map.of();
    }
    for (PartitionCounts part : ahead.values()) {
      part.counts().moveBackTo(newestMs);
    }
    LOG.warn(
        "partitions {}: what is counted is dated ahead of the clock: taking it for as old as the"
            + " others'",
        ahead.keySet());
    return ahead;
  }
}
