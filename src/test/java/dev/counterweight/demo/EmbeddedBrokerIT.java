package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  @TempDir Path dir;

  @Test
  void keepsItsRecordsAndItsPortAcrossARestart() throws Exception {
    int port;
    String cluster;
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir)) {
      port = broker.port();
      TopicSetup.Identity topic = createTopic(broker, "kept", 2);
      cluster = topic.stream().clusterId();
      assertThat(topic.partitions()).isEqualTo(2);
      send(broker, "kept", "first");
      sendInTransaction(broker, "kept", "second");
      assertThat(read(broker, "kept", 2)).containsExactly("first", "second");
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, port)) {
      assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
      sendInTransaction(broker, "kept", "third");
      assertThat(read(broker, "kept", 3)).containsExactly("first", "second", "third");
      assertThat(createTopic(broker, "another", 1).stream().clusterId()).isEqualTo(cluster);
    }
  }

  @Test
  void refusesAPortThatIsTaken() {
    int taken = Integer.parseInt(SharedBroker.bootstrapServers().split(":", -1)[1]);
    assertThatThrownBy(() -> EmbeddedBroker.start(dir, taken))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("127.0.0.1:" + taken);
  }

  private static KafkaClients clients(EmbeddedBroker broker) {
    return new KafkaClients(new KafkaConfig(broker.bootstrapServers(), Map.of()));
  }

  private static TopicSetup.Identity createTopic(
      EmbeddedBroker broker, String name, int partitions) {
    try (var admin = clients(broker).admin("test")) {
      TopicSetup topics = new TopicSetup(admin, Duration.ofSeconds(20), broker.bootstrapServers());
      assertThat(topics.create(name, partitions, Map.of())).isTrue();
      return topics.require(name);
    }
  }

  private static void send(EmbeddedBroker broker, String topic, String value) throws Exception {
    try (var producer = clients(broker).producer("test", Map.of())) {
      producer.send(record(topic, value)).get(20, TimeUnit.SECONDS);
    }
  }

  private static void sendInTransaction(EmbeddedBroker broker, String topic, String value) {
    try (var producer = clients(broker).transactionalProducer("test", Map.of())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, value));
      producer.commitTransaction();
    }
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, String value) {
    return new ProducerRecord<>(topic, 0, null, value.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> read(EmbeddedBroker broker, String topic, int count) {
    List<String> values = new ArrayList<>();
    try (var consumer = clients(broker).consumer("test", Map.of())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (values.size() < count && System.nanoTime() < deadline) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(r -> values.add(new String(r.value(), StandardCharsets.UTF_8)));
      }
    }
    return values;
  }
}
