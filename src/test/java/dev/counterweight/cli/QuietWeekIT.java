package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker that forgets a transactional id after seconds without use, as it does after a week. */
@Timeout(240)
class QuietWeekIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final String JOB = "quiet";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> FORGETFUL =
      Map.of(
          "transactional.id.expiration.ms", "5000",
          "transaction.remove.expired.transaction.cleanup.interval.ms", "200");

  @TempDir Path folder;

  @Test
  void everyRoleGoesOnWithTheFirstEventAfterTheBrokerHasForgottenItsTransactionalId()
      throws Exception {
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(folder.resolve("broker"), 0, Map.of(), FORGETFUL)) {
      KafkaClients clients = new KafkaClients(new KafkaConfig(broker.bootstrapServers(), Map.of()));
      try (Admin admin = clients.admin("admin");
          ChildJvm run = start(broker, admin)) {
        send(clients, 200);
        await()
            .atMost(TIMEOUT)
            .failFast(() -> assertThat(run.running()).as(run.output()).isTrue())
            .until(() -> trained(clients) == 200);
        await().atMost(TIMEOUT).until(() -> forgotten(admin));
        int before = announced(clients);

        send(clients, 200);

        await()
            .atMost(TIMEOUT)
            .failFast(() -> assertThat(run.running()).as(run.output()).isTrue())
            .until(() -> trained(clients) == 400 && announced(clients) > before);
        assertThat(counted(clients)).isEqualTo(400);
        run.terminate();
        assertThat(run.await(60)).as(run.output()).isZero();
        assertThat(run.output()).doesNotContain("took over").doesNotContain("instance.id");
      }
    }
  }

  private ChildJvm start(EmbeddedBroker broker, Admin admin) throws Exception {
    admin.createTopics(List.of(new NewTopic("events", 1, (short) 1))).all().get();
    Path config = folder.resolve("job.properties");
    Files.write(
        config,
        List.of(
            "job=" + JOB,
            "bootstrap.servers=" + broker.bootstrapServers(),
            "events.topic=events",
            "events.format=csv",
            "events.label=label",
            "events.classes=ok,fraud",
            "events.features=x",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "checkpoint.every.steps=1",
            // Nothing is published while nothing comes.
            "weights.update.interval=none",
            "weights.update.events=100",
            "metrics.port=0"));
    return ChildJvm.start(folder.resolve("log"), List.of("run", "--config", config.toString()));
  }

  private static void send(KafkaClients clients, int count) {
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      for (int i = 0; i < count; i++) {
        String event = i + (i % 10 == 0 ? ",fraud" : ",ok");
        producer.send(new ProducerRecord<>("events", event.getBytes(UTF_8)));
      }
    }
  }

  /** Whether the broker knows none of the job's transactional ids any more. */
  private static boolean forgotten(Admin admin) throws Exception {
    return admin.listTransactions().all().get().stream()
        .map(TransactionListing::transactionalId)
        .noneMatch(id -> id.startsWith(JOB + "."));
  }

  /** Events that the trainer has reported. */
  private static long trained(KafkaClients clients) {
    List<Long> events = new ArrayList<>(List.of(0L));
    read(clients, "metrics", value -> events.add(JSON.readTree(value).get("events").asLong()));
    return events.get(events.size() - 1);
  }

  private static int announced(KafkaClients clients) {
    List<Long> steps = new ArrayList<>();
    read(clients, "checkpoints", value -> steps.add(Announcement.parse(value).batchOffset()));
    return steps.size();
  }

  private static long counted(KafkaClients clients) {
    List<Long> counts = new ArrayList<>();
    read(clients, "class-weights", v -> counts.add(SnapshotJson.read(v).counts().totalEvents()));
    return counts.get(counts.size() - 1);
  }

  private interface Reader {
    void read(byte[] value) throws IOException;
  }

  private static void read(KafkaClients clients, String name, Reader reader) {
    try (var consumer = clients.consumer("look", Map.of())) {
      if (!consumer.listTopics().containsKey(JOB + "." + name)) {
        return;
      }
    }
    WholeTopic.forEach(
        clients,
        JOB + "." + name,
        record -> {
          try {
            reader.read(record.value());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
