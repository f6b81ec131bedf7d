package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.RunningRole;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Retention, which deletes events before and after they were counted. */
@Timeout(180)
class RetentionIT {
  @Test
  void aRunningCounterThatIsOvertakenStopsWithTheRange() throws Exception {
    CountedJob job = new CountedJob(1, Map.of());
    job.send(0, 10, "ok");
    try (RunningRole counter = job.start();
        Producer<byte[], byte[]> open = openTransaction(job)) {
      CountedJob.awaitEvents(counter, 10);
      overtake(job, open);

      assertThatThrownBy(counter::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("offsets 10 to 24 were deleted before they were counted");
    }
  }

  @Test
  void aRunningCounterThatIsOvertakenGoesOnWhereThatIsWanted() throws Exception {
    CountedJob job = new CountedJob(1, Map.of("events.lost", "continue"));
    job.send(0, 10, "ok");
    try (RunningRole counter = job.start();
        Producer<byte[], byte[]> open = openTransaction(job)) {
      CountedJob.awaitEvents(counter, 10);
      overtake(job, open);
      open.commitTransaction();

      // 10 of 0 to 9, then 25 to 30, 31 being the marker.
      CountedJob.awaitEvents(counter, 16);
      job.send(0, 1, "fraud");
      CountedJob.awaitEvents(counter, 17);
    }
    assertThat(job.newest().offsets().covered()).containsEntry(0, 33L);
    assertThat(job.registry.counter("counterweight.events.lost", "training_job", job.name).count())
        .isEqualTo(15);
  }

  @Test
  void whatWasCountedMayBeDeletedThoughAMarkerFollowsTheLastEvent() throws Exception {
    CountedJob job = new CountedJob(1, Map.of());
    try (Producer<byte[], byte[]> producer = openTransaction(job)) {
      for (int i = 0; i < 9; i++) {
        producer.send(job.event(0, "ok"));
      }
      producer.commitTransaction();
    }
    assertThat(job.countToEnd(Map.of())).containsEntry("events", 9L);
    assertThat(job.newest().offsets().covered()).containsEntry(0, 9L);
    job.deleteBefore(0, 10);

    assertThat(job.countToEnd(Map.of())).containsEntry("events", 0L);

    assertThat(job.newest().offsets().covered()).containsEntry(0, 10L);
    assertThat(job.newest().offsets().end()).containsEntry(0, 10L);
  }

  @Test
  void aPartitionAddedSinceThatLostItsHeadIsAskedAboutToo() throws Exception {
    CountedJob job = new CountedJob(1, Map.of());
    job.send(0, 3, "ok");
    job.countToEnd(Map.of());
    job.growTo(2);
    job.send(1, 10, "ok");
    job.deleteBefore(1, 4);

    assertThatThrownBy(() -> job.countToEnd(Map.of()))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("partition 1: offsets 0 to 3 were deleted before they were counted");

    assertThat(job.countToEnd(Map.of("events.lost", "continue"))).containsEntry("events", 6L);
    assertThat(job.registry.counter("counterweight.events.lost", "training_job", job.name).count())
        .isEqualTo(4);
    assertThat(job.newest().offsets().covered()).containsEntry(1, 10L);
  }

  private static Producer<byte[], byte[]> openTransaction(CountedJob job) {
    Producer<byte[], byte[]> producer =
        job.clients.transactionalProducer(job.name + ".events", Map.of());
    producer.initTransactions();
    producer.beginTransaction();
    return producer;
  }

  /** An open transaction holds the reader at offset 10 while the log moves on to begin at 25. */
  private static void overtake(CountedJob job, Producer<byte[], byte[]> open) throws Exception {
    open.send(job.event(0, "ok"));
    open.flush();
    job.send(0, 20, "ok");
    job.deleteBefore(0, 25);
  }
}
