package dev.counterweight.counter;

import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The newest partial of each partition, together. Counts are shared with the store's.
 *
 * @param parts {partition: partial}
 */
record MergedPartials(SortedMap<Integer, PartitionCounts> parts) {

  static MergedPartials of(KeyValueStore<Integer, PartitionCounts> stored) {
    SortedMap<Integer, PartitionCounts> parts = new TreeMap<>();
    try (KeyValueIterator<Integer, PartitionCounts> all = stored.all()) {
      all.forEachRemaining(partial -> parts.put(partial.key, partial.value));
    }
    return new MergedPartials(parts);
  }

  /** {partition: next offset}. */
  SortedMap<Integer, Long> covered() {
    SortedMap<Integer, Long> covered = new TreeMap<>();
    parts.forEach((partition, part) -> covered.put(partition, part.next()));
    return covered;
  }

  private SortedMap<Integer, Long> from() {
    SortedMap<Integer, Long> from = new TreeMap<>();
    parts.forEach((partition, part) -> from.put(partition, part.from()));
    return from;
  }

  /** Whether all of these offsets have been reached. */
  boolean cover(Map<Integer, Long> end) {
    return end.entrySet().stream()
        .allMatch(
            mark -> {
              PartitionCounts part = parts.get(mark.getKey());
              return part != null && part.next() >= mark.getValue();
            });
  }

  private long asOfMs() {
    return parts.values().stream()
        .mapToLong(part -> part.counts().asOfMs())
        .max()
        .orElse(Long.MIN_VALUE);
  }

  private ClassCounts sum(int classes) {
    long asOfMs = asOfMs();
    ClassCounts sum = new ClassCounts(classes);
    parts.values().forEach(part -> sum.add(part.counts().at(asOfMs)));
    return sum;
  }

  /** What they say, under a version, with the weights that are held. */
  Snapshot snapshot(SnapshotMerger.Settings settings, HeldWeights held, long version) {
    ClassCounts sum = sum(settings.schema().classes().size());
    return new Snapshot(
        settings.job(),
        version,
        asOfMs(),
        settings.schema().classes(),
        sum.events(),
        sum.n(),
        sum.weighted(),
        sum.positive(),
        sum.priors(),
        held.next(settings.weighting().of(sum.weighted())),
        settings.weighting().formula().name(),
        settings.parameters(),
        covered(),
        from(),
        settings.end(),
        settings.clusterId(),
        settings.topicId(),
        settings.schema());
  }

  /** Offsets passed. */
  long progress() {
    return parts.values().stream().mapToLong(PartitionCounts::progress).sum();
  }
}
