package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** What tests do with trainers of a {@link TrainerJob}. */
final class TrainerRuns {
  private TrainerRuns() {}

  static Map<String, Object> runToEnd(TrainerJob job) throws Exception {
    RoleRunner runner = new RoleRunner(List.of(job.role(true)));
    runner.start();
    runner.await();
    assertThat(runner.failure()).isNull();
    return runner.summary();
  }

  static Throwable failureOf(TrainerJob job) throws Exception {
    RoleRunner runner = new RoleRunner(List.of(job.role(true)));
    runner.start();
    runner.await();
    assertThat(runner.roles().get(0).status().state()).isEqualTo(Role.State.FAILED);
    return Objects.requireNonNull(runner.failure());
  }

  static void drainAfter(TrainerJob job, int records) throws Exception {
    RoleRunner runner = new RoleRunner(List.of(job.role(false)));
    runner.start();
    await().until(() -> committedOrReported(job) == records);
    runner.drain();
    runner.await();
    assertThat(runner.failure()).isNull();
  }

  /** How far the job's trainer says it is in the batch log. */
  static long committedOrReported(TrainerJob job) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      if (!admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(metrics(job))) {
        return -1;
      }
    }
    List<byte[]> reports = job.values(metrics(job));
    return reports.isEmpty() ? -1 : lastReport(job).path("batch_offset").asLong();
  }

  static JsonNode lastReport(TrainerJob job) throws IOException {
    List<byte[]> reports = job.values(metrics(job));
    return new ObjectMapper().readTree(reports.get(reports.size() - 1));
  }

  static String metrics(TrainerJob job) {
    return job.config().topics().metrics();
  }

  static void sendEvents(TrainerJob job, int n) {
    try (Producer<byte[], byte[]> producer = job.clients().producer("test", Map.of())) {
      for (int i = 0; i < n; i++) {
        producer.send(new ProducerRecord<>(job.config().events().topic(), new byte[0]));
      }
    }
  }

  static void deleteBefore(String topic, long offset) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get(10, TimeUnit.SECONDS);
    }
  }
}
