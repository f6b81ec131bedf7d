package dev.counterweight.streams;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.OpenTransactions;
import dev.counterweight.kafka.TopicTail;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.IntPredicate;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** A topic's offsets, asked of the cluster. Thread-safe. */
public final class KafkaInputOffsets implements InputOffsets {
  private static final Duration READING = Duration.ofSeconds(5);

  /** Between two of them records may be deleted. */
  private static final int MAX_LOOKS = 3;

  private final KafkaClients clients;
  private final AdminCalls calls;
  private final String topic;
  private final String group;
  private final IntPredicate addedUnderWay;

  /**
   * @param addedUnderWay whether a partition was added after the job had begun; called by any
   *     thread
   */
  public KafkaInputOffsets(
      KafkaClients clients,
      AdminCalls calls,
      String topic,
      String group,
      IntPredicate addedUnderWay) {
    this.clients = clients;
    this.calls = calls;
    this.topic = topic;
    this.group = group;
    this.addedUnderWay = addedUnderWay;
  }

  @Override
  public OptionalLong committed(int partition) {
    OffsetAndMetadata committed = committed().get(new TopicPartition(topic, partition));
    if (committed != null) {
      return OptionalLong.of(committed.offset());
    }
    return addedUnderWay.test(partition) ? OptionalLong.of(0) : OptionalLong.empty();
  }

  /** Kafka Streams has metadata with what it commits, {@link #applyStart} none. */
  @Override
  public boolean committedWithState(int partition) {
    OffsetAndMetadata committed = committed().get(new TopicPartition(topic, partition));
    return committed != null && !committed.metadata().isEmpty();
  }

  @Override
  public long logStart(int partition) {
    TopicPartition tp = new TopicPartition(topic, partition);
    return calls
        .offsets(List.of(tp), OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED)
        .getOrDefault(partition, 0L);
  }

  /** Kafka Streams purges what it has committed of a repartition topic, at any time. */
  @Override
  public boolean holdsAny(int partition, long from, long to) {
    for (int look = 1; ; look++) {
      long kept = Math.max(from, logStart(partition));
      try {
        return kept < to && firstBelow(partition, kept, to).isPresent();
      } catch (OffsetOutOfRangeException e) {
        if (look == MAX_LOOKS) {
          throw e;
        }
      }
    }
  }

  private Optional<Long> firstBelow(int partition, long from, long to) {
    try (TopicTail<Long> log =
        new TopicTail<>(
            clients.consumer(group + ".gap-" + partition, Map.of()),
            new TopicPartition(topic, partition),
            ConsumerRecord::offset,
            READING)) {
      log.seek(from);
      return log.nextBelow(to);
    }
  }

  /**
   * Whether everything below these offsets is processed and committed; the last before them may be
   * ones that no record has.
   *
   * @param end {partition: offset}
   */
  public boolean reached(Map<Integer, Long> end) {
    Map<TopicPartition, OffsetAndMetadata> committed = committed();
    return end.entrySet().stream()
        .allMatch(
            mark -> {
              int partition = mark.getKey();
              OffsetAndMetadata done = committed.get(new TopicPartition(topic, partition));
              long next = done == null ? logStart(partition) : done.offset();
              return next >= mark.getValue() || !holdsAny(partition, next, mark.getValue());
            });
  }

  /** Watches what open transactions hold back; for one thread. */
  public OpenTransactions openTransactions(InstantSource clock) {
    return new OpenTransactions(calls.client(), topic, clock);
  }

  /** The end of every partition, for those who read committed records or all. */
  public SortedMap<Integer, Long> ends(int partitions, IsolationLevel level) {
    return calls.offsets(LogEnds.partitions(topic, partitions), OffsetSpec.latest(), level);
  }

  /**
   * Makes a new job begin where the configuration says; called before the group's first member
   * joins, and only for a job that never published. Does nothing where offsets are committed.
   */
  public void applyStart(EventsConfig.Start start, int partitions) {
    if (start == EventsConfig.Start.LATEST && committed().isEmpty()) {
      Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
      ends(partitions, IsolationLevel.READ_COMMITTED)
          .forEach((p, end) -> ends.put(new TopicPartition(topic, p), new OffsetAndMetadata(end)));
      calls.beginAt(
          "set the first offsets of topic '%s' for group '%s'".formatted(topic, group),
          group,
          ends);
    }
  }

  private Map<TopicPartition, OffsetAndMetadata> committed() {
    return calls.committed(group);
  }
}
