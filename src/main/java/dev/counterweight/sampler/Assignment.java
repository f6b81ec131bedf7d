package dev.counterweight.sampler;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.weights.Snapshot;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The partitions in hand: where each goes on when it is taken, and what was lost. */
final class Assignment {
  private static final Logger LOG = LoggerFactory.getLogger(Assignment.class);

  private final EventsConfig events;
  private final Consumer<byte[], byte[]> consumer;
  private final EventReader reader;
  private final EventSampler sampler;
  private final SnapshotGate gate;
  private final StartPositions starts;
  private final Snapshot oldest;

  /**
   * @param oldest the oldest snapshot kept
   */
  Assignment(
      EventsConfig events,
      Consumer<byte[], byte[]> consumer,
      EventReader reader,
      EventSampler sampler,
      SnapshotGate gate,
      StartPositions starts,
      Snapshot oldest) {
    this.events = events;
    this.consumer = consumer;
    this.reader = reader;
    this.sampler = sampler;
    this.gate = gate;
    this.starts = starts;
    this.oldest = oldest;
  }

  /** Lets a partition go; what was used of it must be committed, or is used again by another. */
  void letGo(int partition) {
    reader.close(partition);
    sampler.close(partition);
  }

  /** Goes on in partitions where they were left, and back to the oldest snapshot that they need. */
  void take(Set<Integer> partitions) {
    Set<Integer> others = new HashSet<>(reader.partitions());
    others.removeAll(partitions);
    long from = others.isEmpty() ? Long.MAX_VALUE : sampler.snapshot().offset();
    Map<TopicPartition, StartPositions.Start> found =
        starts.of(
            partitions.stream()
                .map(p -> new TopicPartition(events.topic(), p))
                .collect(Collectors.toSet()),
            oldest);
    for (Map.Entry<TopicPartition, StartPositions.Start> start : found.entrySet()) {
      int partition = start.getKey().partition();
      reader.open(partition, start.getValue().offset());
      sampler.open(partition, start.getValue().offset());
      from = Math.min(from, start.getValue().snapshotOffset());
    }
    if (from != sampler.snapshot().offset() || !gate.arrived()) {
      gate.goTo(from);
    }
    LOG.info("Sampling {} from {}", events.topic(), found);
  }

  /** Events were deleted before they were used. */
  void lost(OffsetOutOfRangeException error) {
    Map<Integer, Long> first =
        new LogEnds(consumer).firsts(error.offsetOutOfRangePartitions().keySet());
    for (Map.Entry<TopicPartition, Long> wanted : error.offsetOutOfRangePartitions().entrySet()) {
      long kept = first.getOrDefault(wanted.getKey().partition(), 0L);
      String range =
          "%s: offsets %d to %d were deleted before they were used"
              .formatted(wanted.getKey(), wanted.getValue(), kept - 1);
      if (kept <= wanted.getValue()) {
        throw new FailureException(
            "%s has no offset %d: it ends before, as of a topic that was deleted and created again, whose offsets mean other events: start a new job"
                .formatted(wanted.getKey(), wanted.getValue()),
            error);
      }
      if (events.lost() == EventsConfig.Lost.FAIL) {
        throw new FailureException(range + "; events.lost=continue goes on without them", error);
      }
      LOG.warn("{}", range);
      reader.skipTo(wanted.getKey().partition(), kept);
    }
  }
}
