package dev.counterweight.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads a log in which markers and aborted records stand between and behind what can be read. */
@Timeout(120)
class TopicTailIT {
  private static final int ABORTED = 40;

  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private final String topic = SharedBroker.createTopic(SharedBroker.uniqueName("tail"), 1);
  private final Producer<byte[], byte[]> producer =
      clients.transactionalProducer(topic + ".writer", Map.of());
  private final TopicTail<String> tail =
      new TopicTail<>(
          clients.consumer(topic + ".tail", Map.of("fetch.max.wait.ms", 10)),
          topic,
          found -> new String(found.value(), UTF_8));

  @BeforeEach
  void write() {
    producer.initTransactions();
    committed("a", "b");
    aborted(1);
    committed("c");
    aborted(ABORTED);
  }

  @AfterEach
  void close() {
    producer.close();
    tail.close();
  }

  @Test
  void theNewestIsFoundBehindWhatWasAbortedAndFollowedFromThere() {
    assertThat(tail.newest()).contains("c");
    assertThat(tail.position()).isEqualTo(tail.end());
    assertThat(tail.follow(Duration.ZERO)).contains("c");

    committed("d", "e");

    String newest = "";
    while (!newest.equals("e")) {
      newest = tail.follow(Duration.ofSeconds(10)).orElseThrow();
    }
  }

  @Test
  void aLogIsReadToAnEndThatNoRecordHas() {
    List<String> read = new ArrayList<>();
    long end = tail.end();
    for (Optional<String> next = tail.nextBelow(end);
        next.isPresent();
        next = tail.nextBelow(end)) {
      read.add(next.get());
    }

    assertThat(read).containsExactly("a", "b", "c");
    assertThat(tail.position()).isEqualTo(end);
  }

  @Test
  void aLookBackGoesFromTheNewestStretchToTheFirst() {
    assertThat(tail.next(Duration.ofSeconds(10))).contains("a");
    List<List<String>> stretches = new ArrayList<>();

    assertThat(tail.back(4, stretches::add)).as("from its first record on").isTrue();

    stretches.removeIf(List::isEmpty);
    assertThat(stretches).hasSizeBetween(2, 3);
    assertThat(stretches.get(0)).contains("c");
    assertThat(stretches.get(stretches.size() - 1)).contains("a", "b");
    assertThat(tail.next(Duration.ofSeconds(10))).as("what was next").contains("b");
  }

  private void committed(String... values) {
    producer.beginTransaction();
    for (String value : values) {
      producer.send(new ProducerRecord<>(topic, value.getBytes(UTF_8)));
    }
    producer.commitTransaction();
  }

  private void aborted(int times) {
    for (int i = 0; i < times; i++) {
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "aborted".getBytes(UTF_8)));
      producer.flush();
      producer.abortTransaction();
    }
  }
}
