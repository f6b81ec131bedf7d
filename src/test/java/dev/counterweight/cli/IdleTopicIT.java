package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A joiner by the wall clock: topics that fall silent, and records that come out of order. */
@Timeout(180)
@SuppressWarnings("NullAway.Init") // set by start
class IdleTopicIT {
  private static final long WAIT_MS = 3_000;
  private static final long GRACE_MS = 6_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("idle");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private final List<String> seen = new ArrayList<>();
  private Producer<byte[], byte[]> producer;
  private Consumer<byte[], byte[]> consumer;
  private ChildJvm joiner;

  @BeforeEach
  void start() throws IOException {
    SharedBroker.createTopic(job + "-events", 3);
    SharedBroker.createTopic(job + "-labels", 3);
    producer = clients.producer("send", Map.of("linger.ms", 0));
    consumer = clients.consumer("look", Map.of());
    joiner = ChildJvm.start(folder.resolve("joiner.log"), arguments());
    send("events", "first", System.currentTimeMillis(), "{\"a\":1}");
    await("an event leaves a joiner whose label topic was never written")
        .atMost(TIMEOUT)
        .failFast(() -> assertThat(joiner.running()).as(joiner.output()).isTrue())
        .until(() -> look().equals(List.of("first ok")));
  }

  @AfterEach
  void end() {
    joiner.close();
    producer.close();
    consumer.close();
  }

  @Test
  void theLastEventOfASilentTopicComesOutWithinWaitAndGrace() {
    long sentMs = System.currentTimeMillis();
    send("events", "last", sentMs, "{\"a\":1}");
    await().atMost(TIMEOUT).until(() -> look().contains("last ok"));
    assertThat(System.currentTimeMillis() - sentMs).isBetween(WAIT_MS, WAIT_MS + GRACE_MS);
  }

  @Test
  void aLabelWithinTheWaitOfASilentTopicIsNotOverlooked() {
    long sentMs = System.currentTimeMillis();
    send("events", "paid", sentMs, "{\"a\":1}");
    await().pollDelay(Duration.ofMillis(WAIT_MS - 500)).until(() -> true);
    send("labels", "paid", sentMs + WAIT_MS - 1, "{\"outcome\":\"fraud\"}");
    await().atMost(TIMEOUT).until(() -> look().contains("paid fraud"));
    assertThat(System.currentTimeMillis() - sentMs).isLessThan(WAIT_MS + GRACE_MS);
    assertThat(look()).containsExactly("first ok", "paid fraud");
  }

  /** What the left join of the DSL does here, {@code DslTrapTest} shows. */
  @Test
  void anEventOutOfOrderWithinTheGraceIsNotWrittenAsUnlabelled() {
    long nowMs = System.currentTimeMillis();
    send("events", "later", nowMs, "{\"a\":1}");
    long lateMs = nowMs - WAIT_MS - 1_000;
    send("events", "late", lateMs, "{\"a\":1}");
    await().during(Duration.ofMillis(1_500)).until(() -> look().equals(List.of("first ok")));
    send("labels", "late", lateMs + 1_000, "{\"outcome\":\"fraud\"}");
    await().atMost(TIMEOUT).until(() -> look().contains("later ok"));
    assertThat(look()).containsExactlyInAnyOrder("first ok", "late fraud", "later ok");
  }

  private void send(String topic, String key, long timeMs, String value) {
    producer.send(
        new ProducerRecord<>(
            job + "-" + topic, null, timeMs, key.getBytes(UTF_8), value.getBytes(UTF_8)));
    producer.flush();
  }

  /** Key and class of every record so far. */
  private List<String> look() {
    String topic = job + ".labelled";
    if (consumer.assignment().isEmpty() && consumer.listTopics().containsKey(topic)) {
      List<TopicPartition> all =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
    }
    if (!consumer.assignment().isEmpty()) {
      consumer.poll(Duration.ofMillis(20)).forEach(record -> seen.add(shown(record)));
    }
    return List.copyOf(seen);
  }

  private static String shown(ConsumerRecord<byte[], byte[]> record) {
    byte[] label = requireNonNull(record.headers().lastHeader("cw.label")).value();
    return new String(record.key(), UTF_8) + " " + new String(label, UTF_8);
  }

  private List<String> arguments() throws IOException {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + job + "-events",
                "events.classes=ok,fraud",
                "events.features=a",
                "labels.topic=" + job + "-labels",
                "labels.label=outcome",
                "labels.wait=" + WAIT_MS + "ms",
                "labels.grace=" + GRACE_MS + "ms",
                "labels.missing=ok",
                "labels.state.dir=" + folder.resolve("state"),
                "checkpoint.dir=unused",
                "metrics.port=0"));
    return List.of("run", "--config", config.toString(), "--role", "joiner");
  }
}
