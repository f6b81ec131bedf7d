package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BatchQueueTest {
  private static final MiniBatch BATCH = TrainerJob.batch(0);
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void whatIsPutBeyondTheBytesAllowedWaitsForRoom() throws Exception {
    BatchQueue queue = new BatchQueue(10, 100);
    assertThat(queue.put(entry(0, 60))).isTrue();
    assertThat(queue.put(entry(1, 40))).isTrue();
    CompletableFuture<Boolean> third = CompletableFuture.supplyAsync(() -> queue.put(entry(2, 1)));

    assertWaits(queue, third, 2);
    assertThat(queue.take(SOON)).isEqualTo(entry(0, 60));
    assertThat(third.get()).isTrue();
    assertThat(queue.firstOffset()).isEqualTo(1);
  }

  @Test
  void whatIsPutBeyondTheNumberAllowedWaitsForRoom() throws Exception {
    BatchQueue queue = new BatchQueue(2, 100);
    queue.put(entry(0, 1));
    queue.put(entry(1, 1));
    CompletableFuture<Boolean> third = CompletableFuture.supplyAsync(() -> queue.put(entry(2, 1)));

    assertWaits(queue, third, 2);
    queue.close();
    assertThat(third.get()).as("put into a closed queue").isFalse();
    assertThat(queue.size()).isEqualTo(2);
  }

  @Test
  void oneRecordAlwaysFits() {
    BatchQueue queue = new BatchQueue(10, 100);
    assertThat(queue.put(entry(0, 1000))).isTrue();
    assertThat(queue.take(SOON)).isEqualTo(entry(0, 1000));
    assertThat(queue.take(Duration.ZERO)).isNull();
    assertThat(queue.firstOffset()).isNull();
  }

  @Test
  void whatEndsTheFlowComesAfterTheLastRecord() {
    BatchQueue queue = new BatchQueue(10, 100);
    queue.put(entry(0, 1));
    queue.fail(new IllegalStateException("no more"));

    assertThat(queue.put(entry(1, 1))).isFalse();
    assertThat(queue.take(SOON)).isEqualTo(entry(0, 1));
    assertThatThrownBy(() -> queue.take(SOON)).hasMessage("no more");
  }

  private static void assertWaits(BatchQueue queue, CompletableFuture<Boolean> put, int size) {
    await().during(Duration.ofMillis(200)).atMost(SOON).until(() -> !put.isDone());
    assertThat(queue.size()).isEqualTo(size);
  }

  private static BatchLog.Batch entry(long offset, int bytes) {
    return new BatchLog.Batch(offset, BATCH, bytes);
  }
}
