package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.protocol.JobTopics;
import dev.counterweight.sampling.RateController.Standing;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class TrainerReportsTest {
  private static final JobTopics TOPICS = new JobTopics("fraud", "payments");
  private static final TopicPartition REPORTS = new TopicPartition(TOPICS.metrics(), 0);
  private static final TopicPartition BATCHES = new TopicPartition(TOPICS.batches(), 0);

  private static final String REPORT = "{\"time_ms\":1,\"events\":1,\"step\":1,";

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final TrainerReports reports;

  TrainerReportsTest() {
    consumer.updateBeginningOffsets(Map.of(REPORTS, 0L));
    consumer.updateEndOffsets(Map.of(REPORTS, 0L, BATCHES, 110L));
    reports = new TrainerReports(consumer, TOPICS, 256);
  }

  @Test
  void aBrokerThatDoesNotAnswerInTimeLeavesTheTrainerWhereItStood() {
    report(0, 100, 25_600, false);
    assertThat(reports.standing()).isEqualTo(new Standing(25_600, 2_560));

    consumer.setOffsetsException(new TimeoutException("no answer within 1 s"));
    assertThat(reports.standing()).isEqualTo(new Standing(25_600, 2_560));
    consumer.updateEndOffsets(Map.of(BATCHES, 120L));
    assertThat(reports.standing()).isEqualTo(new Standing(25_600, 5_120));
  }

  @Test
  void aTrainerThatIsDoneStandsNowhereWhateverTheBrokerSays() {
    report(0, 100, 25_600, false);
    assertThat(reports.standing()).isNotNull();
    report(1, 110, 28_160, true);
    consumer.setOffsetsException(new TimeoutException("no answer within 1 s"));
    assertThat(reports.standing()).isNull();
  }

  @Test
  void aReportThatLeavesOutTheClassesTellsWhereTheTrainerStands() {
    send(0, REPORT + "\"batch_offset\":100,\"drawn_rows\":25600,\"done\":false}");

    assertThat(reports.standing()).isEqualTo(new Standing(25_600, 2_560));
  }

  private void report(long at, long position, long drawn, boolean done) {
    send(
        at,
        REPORT
            + "\"batch_offset\":%d,\"drawn\":{\"ok\":%d},\"done\":%s}"
                .formatted(position, drawn, done));
  }

  private void send(long at, String json) {
    consumer.addRecord(
        new ConsumerRecord<>(
            REPORTS.topic(), 0, at, new byte[0], json.getBytes(StandardCharsets.UTF_8)));
    assertThat(reports.read()).isTrue();
  }
}
