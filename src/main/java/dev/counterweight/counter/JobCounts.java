package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.SchemaGuard;
import dev.counterweight.weights.Snapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the whole job has counted, as its newest snapshot says, whichever counter published it.
 * Snapshots are taken by one thread; the rest is thread-safe.
 */
final class JobCounts {
  private final String topic;
  private final List<String> classes;
  private final SchemaGuard schemas;
  private final CounterMeters metrics;
  private final boolean corrections;
  private volatile @Nullable Snapshot newest;
  private volatile long before;

  JobCounts(JobConfig config, CounterMeters metrics) {
    this.topic = config.topics().classWeights();
    this.classes = config.events().schema().classes();
    this.schemas = new SchemaGuard(config.events().schema().schema());
    this.metrics = metrics;
    this.corrections = config.events().labelled();
  }

  /** What was counted until now was so before this counter. */
  void begin() {
    before = total();
  }

  /**
   * Takes the newest snapshot, read back; again and again while there is no newer one.
   *
   * @throws dev.counterweight.protocol.FailureException if it is of other features or classes than
   *     configured: two counters that begin at once, of which neither finds a snapshot, differ only
   *     here; or if it breaks what snapshots promise
   */
  void take(Snapshot found) {
    Snapshot last = newest;
    if (last != null && last.version() == found.version()) {
      return;
    }
    schemas.require(
        "version %d in topic '%s', which this counter would go on from,"
            .formatted(found.version(), topic),
        found.schemaOr(schemas.own()));
    Snapshot snapshot = found.readUnder(schemas.own());
    snapshot.requireWhole();
    if (last != null) {
      snapshot.requireFollows(last, corrections);
    }
    newest = snapshot;
    metrics.published(snapshot);
  }

  Optional<Snapshot> newest() {
    return Optional.ofNullable(newest);
  }

  /** Events that all counters of the job have counted since {@link #begin}. */
  long counted() {
    return total() - before;
  }

  private long total() {
    return newest().map(snapshot -> snapshot.counts().totalEvents()).orElse(0L);
  }

  /** Whether a partition was added to the topic after the job had begun. */
  boolean addedUnderWay(int partition) {
    return newest()
        .map(snapshot -> !snapshot.offsets().covered().containsKey(partition))
        .orElse(false);
  }

  /** {class: events}; 0 of each while nothing is published. */
  Map<String, Long> byClass() {
    Snapshot snapshot = newest;
    Map<String, Long> counts = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      counts.put(classes.get(c), snapshot == null ? 0 : snapshot.counts().events(c));
    }
    return counts;
  }
}
