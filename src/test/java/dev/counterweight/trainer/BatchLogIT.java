package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.EventsConfig.Lost;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchLogIT {
  @TempDir Path folder;
  private TrainerJob job;

  @BeforeEach
  void fill() {
    job = TrainerJob.create(folder);
    job.send(0, 20);
  }

  @Test
  void retentionThatOvertakesAReaderStopsItWithTheRange() throws Exception {
    try (BatchLog log = open(Lost.FAIL)) {
      log.seek(5);
      deleteBefore(12);

      assertThatThrownBy(() -> next(log))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("batch records 5 to 11 of topic '" + topic() + "' were deleted")
          .hasMessageContaining("events.lost=continue");
    }
  }

  @Test
  void readingGoesOnWithTheFirstRecordKeptWhereTheJobSaysSo() throws Exception {
    try (BatchLog log = open(Lost.CONTINUE)) {
      log.seek(5);
      deleteBefore(12);

      assertThat(next(log).offset()).isEqualTo(12);
      assertThat(log.position()).isEqualTo(13);
    }
  }

  @Test
  void aStartThatIsGoneIsLostTooAndNotSkipped() throws Exception {
    deleteBefore(3);
    try (BatchLog log = open(Lost.FAIL)) {
      assertThatThrownBy(log::seekToStart)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("batch records 0 to 2");
    }
    try (BatchLog log = open(Lost.CONTINUE)) {
      log.seekToStart();
      assertThat(log.position()).isEqualTo(3);
    }
  }

  @Test
  void aLogIsExhaustedOnceItsLastRecordWasTaken() {
    try (BatchLog log = open(Lost.FAIL)) {
      log.seek(18);
      assertThat(log.exhausted()).isFalse();
      next(log);
      assertThat(log.exhausted()).isFalse();
      next(log);
      assertThat(log.exhausted()).isTrue();
      job.send(20, 21);
      assertThat(log.exhausted()).isFalse();
    }
  }

  private BatchLog open(Lost lost) {
    return new BatchLog(job.clients(), job.config().topics(), lost);
  }

  private void deleteBefore(long offset) throws Exception {
    TrainerRuns.deleteBefore(topic(), offset);
  }

  private String topic() {
    return job.config().topics().batches();
  }

  private static BatchLog.Batch next(BatchLog log) {
    while (true) {
      BatchLog.Batch next = log.next(Duration.ofMillis(100));
      if (next != null) {
        return next;
      }
    }
  }
}
