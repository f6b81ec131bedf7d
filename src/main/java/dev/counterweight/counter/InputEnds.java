package dev.counterweight.counter;

import dev.counterweight.weights.ClassWeights;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the events topic ends, asked every few seconds without ever waiting for the answer: a
 * broker that is away costs a figure, not the counting. Asked by one thread, read by any.
 */
final class InputEnds {
  private static final Logger LOG = LoggerFactory.getLogger(InputEnds.class);
  private static final long ASK_EVERY_NS = Duration.ofSeconds(3).toNanos();

  private final Admin admin;
  private final Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
  private @Nullable KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> asked;
  private long askedNs;
  private volatile Map<TopicPartition, ListOffsetsResultInfo> known = Map.of();

  InputEnds(Admin admin, String topic, int partitions) {
    this.admin = admin;
    for (int p = 0; p < partitions; p++) {
      wanted.put(new TopicPartition(topic, p), OffsetSpec.latest());
    }
  }

  /** Asks again if the last answer has grown old. */
  void refresh() {
    long nowNs = System.nanoTime();
    if (asked != null && (!asked.isDone() || nowNs - askedNs < ASK_EVERY_NS)) {
      return;
    }
    askedNs = nowNs;
    asked = admin.listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all();
    asked.whenComplete(
        (ends, e) -> {
          if (e == null) {
            known = ends;
          } else {
            LOG.debug("the ends of the events topic are not known", e);
          }
        });
  }

  /** Events below the ends that a snapshot does not cover; NaN as long as no end is known. */
  double beyond(ClassWeights snapshot) {
    Map<TopicPartition, ListOffsetsResultInfo> ends = known;
    long events = 0;
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : ends.entrySet()) {
      Long next = snapshot.covered().get(end.getKey().partition());
      events += next == null ? 0 : Math.max(0, end.getValue().offset() - next);
    }
    return ends.isEmpty() ? Double.NaN : events;
  }
}
