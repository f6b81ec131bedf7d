package dev.counterweight.counter;

import dev.counterweight.weights.Snapshot;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Asks the probe about the snapshots of one start of the topology, as often as is worth it. Not
 * thread-safe.
 */
final class EndWatch {
  private static final Duration ASK = Duration.ofSeconds(1);

  /** Deleted offsets are reported once what is covered has stood still for this long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final EndProbe probe;
  private final long versionBefore;
  private long lookedAt = -1;
  private long askedNs = System.nanoTime();
  private Map<Integer, Long> covered = Map.of();
  private long coveredSinceNs;

  /**
   * @param versionBefore of the newest snapshot before the start: an earlier run's tells nothing
   */
  EndWatch(EndProbe probe, long versionBefore) {
    this.probe = probe;
    this.versionBefore = versionBefore;
  }

  long versionBefore() {
    return versionBefore;
  }

  /**
   * Whether everything up to the end is covered; false for ever where there is no end.
   *
   * @throws EventsDeletedException if what is still to be covered is not there any more
   */
  boolean done(Snapshot snapshot) {
    if (probe.endless() || snapshot.version() <= versionBefore) {
      return false;
    }
    if (!snapshot.offsets().covered().equals(covered)) {
      covered = snapshot.offsets().covered();
      coveredSinceNs = System.nanoTime();
    }
    // Asked when a snapshot has stood for a look, since more come until the end is near, and
    // now and then all the same: events beyond the end may keep snapshots coming for ever.
    boolean still = snapshot.version() == lookedAt;
    lookedAt = snapshot.version();
    return (still || since(askedNs, ASK)) && reached(snapshot);
  }

  private boolean reached(Snapshot snapshot) {
    askedNs = System.nanoTime();
    try {
      return probe.reachedBy(snapshot);
    } catch (EventsDeletedException e) {
      if (since(coveredSinceNs, TIMEOUT)) {
        throw e;
      }
      return false;
    } catch (TimeoutException e) {
      return false; // a broker that is away: asked again
    }
  }

  private static boolean since(long ns, Duration time) {
    return System.nanoTime() - ns >= time.toNanos();
  }
}
