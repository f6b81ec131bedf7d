package dev.counterweight.streams;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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
 * Asks again and again where partitions end for those who read committed records. It never waits
 * for the cluster: while that does not answer, what is known grows old. {@link #look} is called by
 * one thread, {@link #newest} by any; does not own the client.
 */
public final class EndsProbe implements TopicEnds {
  private static final int PATIENCE_MS = 5_000;

  private final Admin admin;
  private final InstantSource clock;
  private final long everyMs;
  private final Map<TopicPartition, End> newest = new ConcurrentHashMap<>();
  private Collection<TopicPartition> partitions = List.of();
  private @Nullable KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> asked;
  private long askedMs = Long.MIN_VALUE;

  /**
   * @param every how long to wait before asking anew
   */
  public EndsProbe(Admin admin, InstantSource clock, Duration every) {
    this.admin = admin;
    this.clock = clock;
    this.everyMs = every.toMillis();
  }

  /** Asks about these from now on. */
  public void about(Collection<TopicPartition> all) {
    partitions = List.copyOf(all);
    newest.keySet().retainAll(partitions);
  }

  /** Takes the answer, if it is in, and asks again where it is time. */
  public void look() {
    long nowMs = clock.millis();
    if (asked != null && asked.isDone()) {
      asked = null;
    }
    boolean due = askedMs == Long.MIN_VALUE || nowMs < askedMs || nowMs - askedMs >= everyMs;
    if (asked == null && due && !partitions.isEmpty()) {
      askedMs = nowMs;
      asked = ask(nowMs);
    }
  }

  private KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> ask(long nowMs) {
    Map<TopicPartition, OffsetSpec> latest =
        partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
    ListOffsetsOptions options = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
    options.timeoutMs(PATIENCE_MS);
    return admin
        .listOffsets(latest, options)
        .all()
        .whenComplete(
            (ends, error) -> {
              if (error == null) {
                ends.forEach((p, end) -> newest.put(p, new End(end.offset(), nowMs)));
              }
            });
  }

  @Override
  public Optional<End> newest(TopicPartition partition) {
    return Optional.ofNullable(newest.get(partition));
  }
}
