package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.runtime.RunningRole;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class IdleCounterIT {
  /** What a transaction writes to the coordinator's log: partitions added, prepared, complete. */
  private static final int LINES_A_TRANSACTION = 6;

  @Test
  void anIdleCounterCommitsOnceAHeartbeat() throws Exception {
    CountedJob job = new CountedJob(4, Map.of("weights.update.interval", "300ms"));
    job.send(0, 10, "ok");
    try (RunningRole counter = job.start();
        Consumer<byte[], byte[]> look = job.clients.consumer("look", Map.of())) {
      CountedJob.awaitEvents(counter, 10);
      awaitMoreSnapshots(job, 1);
      int snapshots = job.snapshots().size();
      long before = transactionLog(look);

      awaitMoreSnapshots(job, 2);

      int more = job.snapshots().size() - snapshots;
      assertThat(more).as("heartbeats").isBetween(2, 3);
      assertThat(transactionLog(look) - before).isLessThanOrEqualTo(more * LINES_A_TRANSACTION);
    }
  }

  @Test
  void neitherTheFirstSnapshotNorTheLastWaitsForALongInterval() throws Exception {
    CountedJob job = new CountedJob(2, Map.of("weights.update.interval", "1h"));
    job.send(0, 10, "ok");
    job.send(1, 10, "fraud");

    assertThat(job.countToEnd(Map.of())).containsEntry("events", 20L);

    assertThat(job.newest().counts().events()).containsExactly(10, 10);
    assertThat(job.snapshots()).hasSizeLessThan(6);
  }

  private static void awaitMoreSnapshots(CountedJob job, int more) {
    int wanted = job.snapshots().size() + more;
    await().atMost(Duration.ofSeconds(30)).until(() -> job.snapshots().size() >= wanted);
  }

  private static long transactionLog(Consumer<byte[], byte[]> look) {
    List<TopicPartition> partitions =
        look.partitionsFor("__transaction_state").stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    return look.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
  }
}
