package dev.counterweight.sampler;

import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.weights.Snapshot;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Where sampling goes on in a partition: at the offset committed; without one (they expire) at the
 * end of its newest span in the batch log; where it was never covered, where the counter began.
 */
final class StartPositions {

  /**
   * Where to go on.
   *
   * @param offset the next event to use
   * @param snapshotOffset where in the class-weights topic to go on; 0 for the oldest kept
   * @param used whether events of it were used before
   */
  record Start(long offset, long snapshotOffset, boolean used) {}

  private final Consumer<byte[], byte[]> consumer;
  private final BatchLog log;
  private final Supplier<Optional<Snapshot>> newest;

  /**
   * @param newest the newest snapshot there is
   */
  StartPositions(
      Consumer<byte[], byte[]> consumer, BatchLog log, Supplier<Optional<Snapshot>> newest) {
    this.consumer = consumer;
    this.log = log;
    this.newest = newest;
  }

  /** What is committed with an offset to find the way back to a snapshot. */
  static OffsetAndMetadata committed(long offset, long snapshotOffset) {
    return new OffsetAndMetadata(offset, Long.toString(snapshotOffset));
  }

  /**
   * Where to go on in partitions assigned to this instance.
   *
   * @param oldest the oldest snapshot kept
   * @throws FailureException if nothing tells how far a partition has been used
   */
  Map<TopicPartition, Start> of(Set<TopicPartition> partitions, Snapshot oldest) {
    Map<TopicPartition, Start> starts = new HashMap<>();
    consumer
        .committed(partitions)
        .forEach(
            (partition, committed) -> {
              if (committed != null) {
                starts.put(
                    partition,
                    new Start(committed.offset(), snapshotOffset(committed.metadata()), true));
              }
            });
    Set<TopicPartition> unknown = new HashSet<>(partitions);
    unknown.removeAll(starts.keySet());
    if (!unknown.isEmpty() && anyCommitted(unknown.iterator().next().topic())) {
      // The group's offsets are alive, so what has none was never used: a partition added since.
      unknown.forEach(
          partition -> starts.put(partition, new Start(first(partition, oldest), 0, false)));
    } else if (!unknown.isEmpty()) {
      BatchLog.Covered covered =
          log.covered(unknown.stream().map(TopicPartition::partition).collect(Collectors.toSet()));
      for (TopicPartition partition : unknown) {
        boolean used = covered.positions().containsKey(partition.partition());
        starts.put(partition, new Start(uncommitted(partition, covered, oldest), 0, used));
      }
    }
    return starts;
  }

  private long uncommitted(TopicPartition partition, BatchLog.Covered covered, Snapshot oldest) {
    Long end = covered.positions().get(partition.partition());
    if (end != null) {
      return end;
    }
    if (!covered.whole() && oldest.offsets().covered().containsKey(partition.partition())) {
      throw new FailureException(
          "partition %s has no committed offset and the batch log kept has no span of it: how far it has been used is not known; commit to group '%s' the offset to go on at, which the spans in the newest checkpoint.json tell"
              .formatted(partition, consumer.groupMetadata().groupId()));
    }
    return first(partition, oldest);
  }

  private boolean anyCommitted(String topic) {
    Set<TopicPartition> all =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .collect(Collectors.toSet());
    return consumer.committed(all).values().stream().anyMatch(Objects::nonNull);
  }

  /** A partition added since the oldest snapshot is in a later one, once the counter has it. */
  private long first(TopicPartition partition, Snapshot oldest) {
    Long from = oldest.offsets().from().get(partition.partition());
    if (from == null) {
      from =
          newest
              .get()
              .map(snapshot -> snapshot.offsets().from().get(partition.partition()))
              .orElse(null);
    }
    return from != null ? from : new LogEnds(consumer).first(partition);
  }

  private static long snapshotOffset(String metadata) {
    try {
      return Math.max(0, Long.parseLong(metadata));
    } catch (NumberFormatException e) {
      // Offsets that a person reset carry none: the oldest snapshot that covers an event will do.
      return 0;
    }
  }
}
