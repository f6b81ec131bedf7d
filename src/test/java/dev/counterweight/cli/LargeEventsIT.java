package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.SharedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Events that take a few bytes of disk each and almost a MiB of memory: whoever may write events
 * must not be able to stop who reads them.
 */
@Timeout(240)
class LargeEventsIT {
  private static final int MANY = 300;
  private static final int LARGE = 990_000;
  // Less than what so many of them take.
  private static final int HEAP_MIB = 192;
  private static final byte[] EVENT = "{\"x\":1,\"label\":\"ok\"}".getBytes(UTF_8);

  @TempDir Path folder;
  private String job = "";
  private String topic = "";

  @BeforeEach
  void nameTheJob() {
    job = SharedBroker.uniqueName("large");
    topic = SharedBroker.createTopic(SharedBroker.uniqueName("large-events"), 1);
  }

  @Test
  void aPollThatWouldHoldMoreThanTheHeapIsNeverMade() throws Exception {
    send(MANY, new byte[LARGE], EVENT, null);
    send(MANY, null, padded(LARGE), null);
    send(MANY, null, EVENT, new byte[LARGE]);
    send(10, null, EVENT, null);

    JsonNode counted = ran("counter");
    JsonNode sampled = ran("sampler");

    assertThat(counted.at("/counts/ok").asLong()).isEqualTo(3 * MANY + 10);
    assertThat(sampled.get("dead_letters").asLong()).isZero();
    assertThat(sampled.get("draws").asLong()).isGreaterThan(3 * MANY);
  }

  @Test
  void anEventBeyondTheLimitIsADeadLetterAndNotCounted() throws Exception {
    send(MANY, null, padded(LARGE), null);
    send(10, null, EVENT, null);

    JsonNode counted = ran("counter", "events.max.bytes=64 KiB", "dead.letters.max.share=1");
    JsonNode sampled = ran("sampler", "events.max.bytes=64 KiB", "dead.letters.max.share=1");

    assertThat(counted.at("/counts/ok").asLong()).isEqualTo(10);
    assertThat(sampled.get("dead_letters").asLong()).isEqualTo(MANY);
  }

  /** No deserializer sees a record without key and value; docs/security.md tells of the setting. */
  @Test
  void whereTheBrokerStoresThemUncompressedHeadersAloneDoNoHarmEither() throws Exception {
    topic =
        SharedBroker.createTopic(
            SharedBroker.uniqueName("stored"), 1, Map.of("compression.type", "uncompressed"));
    assertThatThrownBy(() -> send(1, null, padded(20 * LARGE), null))
        .hasCauseInstanceOf(RecordTooLargeException.class);
    send(MANY, null, null, new byte[LARGE]);
    send(10, null, EVENT, null);

    JsonNode counted = ran("counter", "dead.letters.max.share=1");
    JsonNode sampled = ran("sampler", "dead.letters.max.share=1");

    assertThat(counted.at("/counts/ok").asLong()).isEqualTo(10);
    assertThat(sampled.get("draws").asLong()).isPositive();
  }

  private JsonNode ran(String role, String... settings) throws Exception {
    Path config = folder.resolve("job.properties");
    Files.write(
        config,
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + topic,
            "events.label=label",
            "events.classes=ok,fraud",
            "events.features=x",
            "checkpoint.dir=unused",
            "metrics.port=0",
            String.join("\n", settings)));
    Path summary = folder.resolve(role + ".json");
    try (ChildJvm child =
        ChildJvm.start(
            folder.resolve(role + ".log"),
            HEAP_MIB,
            Map.of(),
            List.of(
                "run",
                "--config",
                config.toString(),
                "--role",
                role,
                "--stop-at-end",
                "--summary",
                summary.toString()))) {
      assertThat(child.await(90)).as(child.output()).isZero();
    }
    return new ObjectMapper().readTree(summary.toFile());
  }

  private void send(
      int count, byte @Nullable [] key, byte @Nullable [] value, byte @Nullable [] header)
      throws Exception {
    try (Producer<byte[], byte[]> producer =
        SharedBroker.producer(
            Map.of(
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "zstd",
                ProducerConfig.BATCH_SIZE_CONFIG,
                LARGE,
                // Of uncompressed bytes.
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                30 * LARGE,
                ProducerConfig.LINGER_MS_CONFIG,
                100))) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ProducerRecord<byte[], byte[]> event = new ProducerRecord<>(topic, key, value);
        if (header != null) {
          event.headers().add("h", header);
        }
        sent.add(producer.send(event));
      }
      producer.flush();
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    }
  }

  private static byte[] padded(int length) {
    return ("{" + " ".repeat(length) + "\"x\":1,\"label\":\"ok\"}").getBytes(UTF_8);
  }
}
