package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.kafka.Retry;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class SnapshotTailTest {
  private static final String TOPIC = "job.class-weights";
  private static final TopicPartition LOG = new TopicPartition(TOPIC, 0);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final SnapshotTail tail = new SnapshotTail(consumer, TOPIC);

  @Test
  void aBrokerThatLeavesWhileTheNewestIsReadIsWaitedFor() {
    ends(2);
    snapshot(0, 1);

    assertThatThrownBy(() -> tail.catchUp(Duration.ofMillis(100)))
        .hasMessageContaining(TOPIC)
        .satisfies(e -> assertThat(Retry.isNoAnswer(e)).isTrue());
  }

  @Test
  void aSnapshotReadBeforeAnOutageIsNotTakenForTheNewest() {
    ends(2);
    snapshot(0, 1);
    assertThatThrownBy(() -> tail.catchUp(Duration.ofMillis(100))).isInstanceOf(Exception.class);

    ends(10);
    snapshot(9, 2);

    assertThat(tail.catchUp(Duration.ofSeconds(20)).orElseThrow().version()).isEqualTo(2);
  }

  private void ends(long end) {
    consumer.updateBeginningOffsets(Map.of(LOG, 0L));
    consumer.updateEndOffsets(Map.of(LOG, end));
  }

  private void snapshot(long offset, long version) {
    Snapshot snapshot =
        new Snapshot(
            "job",
            version,
            0,
            List.of("ok"),
            new long[] {1},
            new double[] {1},
            new double[] {1},
            new double[] {1},
            new double[] {1},
            "balanced",
            Map.of(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new StreamIdentity("cluster", "topic"),
            null);
    consumer.addRecord(
        new ConsumerRecord<>(TOPIC, 0, offset, new byte[0], SnapshotJson.write(snapshot)));
  }
}
