package dev.counterweight.counter;

import dev.counterweight.weights.ClassCounts;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest partial of each partition, and what they come to together; all of it is in the store.
 *
 * <p>A partition in which nothing comes does not decide the counts of the job: if it counted its
 * last events by a clock that was ahead, the others, which have moved back, would fade to nothing
 * beside it. Not thread-safe.
 */
final class Partials {
  private static final Logger LOG = LoggerFactory.getLogger(Partials.class);

  private final KeyValueStore<Integer, PartitionCounts> store;
  private final int classes;
  private final ClockVote vote;
  private final SortedMap<Integer, PartitionCounts> parts = new TreeMap<>();

  /**
   * Goes on from what the store has.
   *
   * @param classes K, of every partial
   */
  Partials(KeyValueStore<Integer, PartitionCounts> store, int classes, ClockVote vote) {
    this.store = store;
    this.classes = classes;
    this.vote = vote;
    try (KeyValueIterator<Integer, PartitionCounts> all = store.all()) {
      all.forEachRemaining(
          partial -> parts.put(partial.key, partial.value.of(partial.key, classes)));
    }
  }

  /** Takes a partial, unless there is a newer one of its partition; whether it did. */
  boolean take(int partition, PartitionCounts partial) {
    PartitionCounts before = parts.get(partition);
    if (before != null && before.next() > partial.next()) {
      return false;
    }
    // An instance that still has fewer classes may have counted it.
    put(partition, partial.of(partition, classes));
    long progress = partial.progress() - (before == null ? 0 : before.progress());
    if (ahead(partial)) {
      vote.contradict(progress);
    } else {
      vote.agree(progress);
    }
    return true;
  }

  /**
   * Moves partials that are dated ahead of the clock back to the newest of the others, once enough
   * events of those say that the clock is right.
   */
  void moveBack() {
    SortedMap<Integer, PartitionCounts> ahead = new TreeMap<>(parts);
    ahead.values().removeIf(part -> !ahead(part));
    if (ahead.isEmpty()) {
      vote.forget();
      return;
    }
    long newestMs =
        parts.values().stream()
            .filter(part -> !ahead(part))
            .mapToLong(part -> part.counts().asOfMs())
            .max()
            .orElse(Long.MIN_VALUE);
    if (!vote.carried() || newestMs == Long.MIN_VALUE) {
      return;
    }
    ahead.forEach(
        (partition, part) -> {
          part.counts().moveBackTo(newestMs);
          put(partition, part);
        });
    LOG.warn(
        "partitions {}: what is counted is dated ahead of the clock: taking it for as old as the"
            + " others'",
        ahead.keySet());
  }

  private boolean ahead(PartitionCounts part) {
    return vote.passedBy(part.counts().asOfMs());
  }

  private void put(int partition, PartitionCounts partial) {
    parts.put(partition, partial);
    store.put(partition, partial);
  }

  /** Number of partitions that have reported. */
  int size() {
    return parts.size();
  }

  /** {partition: next offset}. */
  SortedMap<Integer, Long> covered() {
    return each(PartitionCounts::next);
  }

  /** {partition: offset of the first event}. */
  SortedMap<Integer, Long> from() {
    return each(PartitionCounts::from);
  }

  /** {class: {partition: first offset at which it was known}}, of those that were added. */
  SortedMap<Integer, SortedMap<Integer, Long>> since() {
    SortedMap<Integer, SortedMap<Integer, Long>> since = new TreeMap<>();
    parts.forEach(
        (partition, part) -> {
          for (int c = 0; c < classes; c++) {
            long known = part.since().get(c);
            if (known > 0) {
              since.computeIfAbsent(c, none -> new TreeMap<>()).put(partition, known);
            }
          }
        });
    return since;
  }

  private SortedMap<Integer, Long> each(ToLongFunction<PartitionCounts> offset) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    parts.forEach((partition, part) -> offsets.put(partition, offset.applyAsLong(part)));
    return offsets;
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

  /** Offsets passed. */
  long progress() {
    return parts.values().stream().mapToLong(PartitionCounts::progress).sum();
  }

  /** Latest event time counted; Long.MIN_VALUE before the first. */
  long asOfMs() {
    return parts.values().stream()
        .mapToLong(part -> part.counts().asOfMs())
        .max()
        .orElse(Long.MIN_VALUE);
  }

  /** The counts, all decayed to {@link #asOfMs}. */
  ClassCounts sum() {
    long asOfMs = asOfMs();
    ClassCounts sum = new ClassCounts(classes);
    parts.values().forEach(part -> sum.add(part.counts().at(asOfMs)));
    return sum;
  }
}
