package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joiner.JoinStream.Event;
import dev.counterweight.joiner.JoinStream.Label;
import dev.counterweight.kafka.KafkaClients;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A {@link JoinStream} as two topics: JSON whose field {@code card} is the join key, and which is
 * the record's key too.
 *
 * @param origins of each event: its offset times {@value #PARTITIONS_MAX} plus its partition
 */
@SuppressWarnings("ArrayRecordComponent")
public record PublishedStream(
    JoinStream stream, List<String> classes, String events, String labels, long[] origins) {
  static final int PARTITIONS_MAX = 64;
  static final String OWN_HEADER = "own";

  /** Where the records of each topic stand, and how heavy those of labels are. */
  public record Shape(int eventPartitions, int labelPartitions, boolean byKey, int padding) {}

  /** Makes both topics, which must not be there, and writes labels first, then events. */
  public static PublishedStream write(
      KafkaClients clients, JoinStream stream, List<String> classes, String prefix, Shape shape)
      throws Exception {
    PublishedStream published =
        new PublishedStream(
            stream,
            classes,
            prefix + "-events",
            prefix + "-labels",
            new long[stream.events().size()]);
    try (Admin admin = clients.admin("publish")) {
      admin
          .createTopics(
              List.of(
                  topic(published.events, shape.eventPartitions),
                  topic(published.labels, shape.labelPartitions)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
    // In order even where a first batch finds no leader yet.
    Map<String, Object> settings =
        Map.of("linger.ms", 20, "batch.size", 200_000, "max.in.flight.requests.per.connection", 1);
    AtomicReference<@Nullable Exception> refused = new AtomicReference<>();
    try (Producer<byte[], byte[]> producer = clients.producer("publish", settings)) {
      String padding = "x".repeat(shape.padding);
      for (Label label : stream.labels()) {
        producer.send(
            published.record(label, padding),
            (sent, failure) -> refused.compareAndSet(null, failure));
      }
      for (int n = 0; n < stream.events().size(); n++) {
        int event = n;
        producer.send(
            published.record(event, shape),
            (sent, failure) -> {
              refused.compareAndSet(null, failure);
              published.origins[event] = sent.offset() * PARTITIONS_MAX + sent.partition();
            });
      }
      producer.flush();
    }
    assertThat(refused.get()).isNull();
    return published;
  }

  byte[] key(int event) {
    return joinKey(stream.events().get(event).key());
  }

  byte[] value(int event) {
    return "{\"n\":%d,\"card\":\"c%d\",\"a\":1}"
        .formatted(event, stream.events().get(event).key())
        .getBytes(UTF_8);
  }

  private ProducerRecord<byte[], byte[]> record(int n, Shape shape) {
    Event event = stream.events().get(n);
    // Where the key does not say, events of one key stand in several partitions.
    Integer partition = shape.byKey ? null : n % shape.eventPartitions;
    ProducerRecord<byte[], byte[]> made =
        record(events, partition, event.timeMs(), key(n), value(n));
    made.headers().add(OWN_HEADER, Integer.toString(n).getBytes(UTF_8));
    made.headers().add("cw.label", "forged".getBytes(UTF_8));
    return made;
  }

  private ProducerRecord<byte[], byte[]> record(Label label, String padding) {
    byte[] value =
        "{\"card\":\"c%d\",\"outcome\":\"%s\",\"at\":%d,\"note\":\"%s\"}"
            .formatted(label.key(), classes.get(label.label()), label.timeMs(), padding)
            .getBytes(UTF_8);
    return record(labels, null, label.timeMs(), joinKey(label.key()), value);
  }

  private static ProducerRecord<byte[], byte[]> record(
      String topic, @Nullable Integer partition, long timeMs, byte[] key, byte[] value) {
    return new ProducerRecord<>(topic, partition, timeMs, key, value);
  }

  private static byte[] joinKey(int key) {
    return ("c" + key).getBytes(UTF_8);
  }

  private static NewTopic topic(String name, int partitions) {
    return new NewTopic(name, Optional.of(partitions), Optional.empty())
        .configs(Map.of("retention.ms", "-1"));
  }
}
