package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.EventsConfig.Lost;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchReaderIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;
  private TrainerJob job;

  @BeforeEach
  void create() {
    job = TrainerJob.create(folder);
  }

  @Test
  void thePositionIsThatOfTheRecordsTakenHoweverFarReadingIsAhead() {
    job.send(0, 20);
    try (BatchReader reader = open(5)) {
      await().atMost(SOON).until(() -> reader.lag() == 15);
      assertThat(reader.position()).isEqualTo(5);
      for (int i = 5; i < 8; i++) {
        BatchLog.Batch next = Objects.requireNonNull(reader.next(SOON));
        assertThat(next.offset()).isEqualTo(i);
        assertThat(next.batch().draws().sourceOffset())
            .isEqualTo(TrainerJob.batch(i).draws().sourceOffset());
      }
      assertThat(reader.position()).isEqualTo(8);
      assertThat(reader.lag()).isEqualTo(12);
    }
  }

  @Test
  void aRecordThatCannotBeReadStopsTrainingInItsPlace() {
    job.send(0, 2);
    try (Producer<byte[], byte[]> producer = job.clients().producer("test", Map.of())) {
      producer.send(new ProducerRecord<>(job.config().topics().batches(), new byte[] {1, 2}));
    }
    job.send(2, 5);
    try (BatchReader reader = open(0)) {
      await().atMost(SOON).until(() -> reader.lag() == 6);
      assertThat(Objects.requireNonNull(reader.next(SOON)).offset()).isZero();
      assertThat(Objects.requireNonNull(reader.next(SOON)).offset()).isEqualTo(1);
      assertThat(reader.position()).isEqualTo(2);
      assertThatThrownBy(() -> reader.next(SOON))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("offset 2 of topic '" + job.config().topics().batches() + "'");
    }
  }

  @Test
  void recordsDeletedBeforeTheyWereReadStopTrainingAfterThoseThatWere() throws Exception {
    job.send(0, 20);
    BatchLog log = new BatchLog(job.clients(), job.config().topics(), Lost.FAIL);
    log.seek(5);
    TrainerRuns.deleteBefore(job.config().topics().batches(), 12);
    try (BatchReader reader = new BatchReader(log)) {
      assertThatThrownBy(() -> reader.next(SOON))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("batch records 5 to 11");
      assertThat(reader.position()).isEqualTo(5);
    }
  }

  @Test
  void aLogIsExhaustedOnceItsLastRecordWasTaken() {
    job.send(0, 2);
    try (BatchReader reader = open(0)) {
      assertThat(reader.exhausted()).isFalse();
      reader.next(SOON);
      assertThat(reader.exhausted()).isFalse();
      reader.next(SOON);
      assertThat(reader.exhausted()).isTrue();
      job.send(2, 3);
      assertThat(reader.exhausted()).isFalse();
    }
  }

  @Test
  void closesWhileItWaitsForRoom() {
    job.send(0, 100);
    BatchReader reader = open(0);
    await().atMost(SOON).until(() -> reader.lag() >= 99);
    reader.close();
    assertThat(reader.position()).isZero();
  }

  private BatchReader open(long offset) {
    BatchLog log = new BatchLog(job.clients(), job.config().topics(), Lost.FAIL);
    log.seek(offset);
    return new BatchReader(log);
  }
}
