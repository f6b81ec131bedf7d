package dev.counterweight.kafka;

import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Watches what producers' open transactions hold back of a topic: the offsets between a partition's
 * last stable offset and its high watermark, which no reader of committed records gets yet. It
 * never waits for the cluster: a look gives what the newest answer said. Not thread-safe.
 */
public final class OpenTransactions {
  private static final int PATIENCE_MS = 5_000;

  /**
   * What is held back.
   *
   * @param from {partition: last stable offset} of the partitions of which something is
   * @param offsets how many in all; markers and records that are aborted later are among them
   * @param sinceMs since when the one held longest has been, as far as this process has seen; 0 if
   *     nothing is
   */
  public record Held(SortedMap<Integer, Long> from, long offsets, long sinceMs) {
    public static final Held NOTHING = new Held(Collections.emptySortedMap(), 0, 0);

    public Held {
      from = Collections.unmodifiableSortedMap(new TreeMap<>(from));
    }

    /** For how long at a moment, in milliseconds; 0 if nothing is held. */
    public long forMs(long nowMs) {
      return offsets == 0 ? 0 : Math.max(0, nowMs - sinceMs);
    }

    /** Where, such as "partition 0 from offset 100 on"; of many the first. */
    public String where() {
      return from.isEmpty()
          ? "nowhere"
          : "partition %d from offset %d on%s"
              .formatted(
                  from.firstKey(),
                  from.get(from.firstKey()),
                  from.size() == 1 ? "" : " and %d more".formatted(from.size() - 1));
    }
  }

  private record Asked(
      KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> high,
      KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> stable) {}

  private record Stood(long offset, long sinceMs) {}

  private final Admin admin;
  private final String topic;
  private final InstantSource clock;
  private final Map<Integer, Stood> stood = new HashMap<>();
  private @Nullable Asked asked;
  private Held held = Held.NOTHING;

  public OpenTransactions(Admin admin, String topic, InstantSource clock) {
    this.admin = admin;
    this.topic = topic;
    this.clock = clock;
  }

  /**
   * What the newest answer said, after asking anew if that is in; the last known while the cluster
   * does not answer.
   *
   * @param partitions number of the topic's
   */
  public Held look(int partitions) {
    Asked before = asked;
    if (before != null && before.high().isDone() && before.stable().isDone()) {
      take(before);
      asked = null;
    }
    if (asked == null && partitions > 0) {
      asked =
          new Asked(
              ask(partitions, IsolationLevel.READ_UNCOMMITTED),
              ask(partitions, IsolationLevel.READ_COMMITTED));
    }
    return held;
  }

  private KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> ask(
      int partitions, IsolationLevel level) {
    Map<TopicPartition, OffsetSpec> wanted =
        LogEnds.partitions(topic, partitions).stream()
            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
    return admin.listOffsets(wanted, new ListOffsetsOptions(level).timeoutMs(PATIENCE_MS)).all();
  }

  private void take(Asked answers) {
    if (answers.high().isCompletedExceptionally() || answers.stable().isCompletedExceptionally()) {
      return;
    }
    Map<TopicPartition, ListOffsetsResultInfo> high = now(answers.high());
    long nowMs = clock.millis();
    SortedMap<Integer, Long> from = new TreeMap<>();
    long offsets = 0;
    long sinceMs = Long.MAX_VALUE;
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : now(answers.stable()).entrySet()) {
      int partition = end.getKey().partition();
      long stable = end.getValue().offset();
      ListOffsetsResultInfo last = high.get(end.getKey());
      if (last == null || last.offset() <= stable) {
        stood.remove(partition);
        continue;
      }
      // Transactions that come and go move the last stable offset on: only one that stands is held.
      Stood at = stood.get(partition);
      if (at == null || at.offset() != stable) {
        at = new Stood(stable, nowMs);
        stood.put(partition, at);
      }
      from.put(partition, stable);
      offsets += last.offset() - stable;
      sinceMs = Math.min(sinceMs, at.sinceMs());
    }
    held = offsets == 0 ? Held.NOTHING : new Held(from, offsets, sinceMs);
  }

  private static <T> Map<TopicPartition, T> now(KafkaFuture<Map<TopicPartition, T>> answer) {
    try {
      return answer.getNow(Map.of());
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("an answer that is in", e);
    }
  }
}
