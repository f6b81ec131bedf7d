package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events in a topic with more offsets than events: what is told are events. */
@Timeout(180)
class GapsIT {
  private static final int ABORTED = 5_000;
  private static final int EVENTS = 200;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  @Test
  void eventsAreCountedThoughEachHasATransactionAndAbortedOnesCameBefore() throws Exception {
    String job = SharedBroker.uniqueName("gaps");
    String topic = SharedBroker.createTopic(job + "-events", 1);
    send(topic);
    Path config = folder.resolve("job.properties");
    Files.write(
        config,
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + topic,
            "events.format=csv",
            "events.label=label",
            "events.classes=ok,fraud",
            "events.features=x",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "metrics.port=0"));

    EndedRun run = EndedRun.of(config, "run", 120);

    assertThat(run.summary().get("events").asLong()).isEqualTo(EVENTS);
    assertThat(run.output()).as("what the trainer says").contains(", " + EVENTS + " events,");
    List<JsonNode> reports = new ArrayList<>();
    WholeTopic.forEach(clients, job + ".metrics", record -> reports.add(node(record.value())));
    assertThat(reports.get(reports.size() - 1).get("events").asLong()).isEqualTo(EVENTS);
    BatchLogAudit audit = BatchLogAudit.of(job);
    List<Long> first = audit.events().subList(0, 5);
    assertThat(first).as("a young job's records are short").containsExactly(1L, 1L, 2L, 4L, 8L);
    assertThat(audit.events().stream().mapToLong(n -> n).sum()).isEqualTo(EVENTS);
  }

  private void send(String topic) {
    try (Producer<byte[], byte[]> producer = clients.transactionalProducer(topic, Map.of())) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = 0; i < ABORTED; i++) {
        producer.send(new ProducerRecord<>(topic, "1,ok".getBytes(UTF_8)));
      }
      producer.flush();
      producer.abortTransaction();
      for (int i = 0; i < EVENTS; i++) {
        producer.beginTransaction();
        String event = i + (i % 10 == 0 ? ",fraud" : ",ok");
        producer.send(new ProducerRecord<>(topic, event.getBytes(UTF_8)));
        producer.commitTransaction();
      }
    }
  }

  private static JsonNode node(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
