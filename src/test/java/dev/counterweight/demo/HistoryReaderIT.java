package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.demo.JobHistory.WeightsPoint;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HistoryReaderIT {
  private static final long ORIGIN_MS = 1_700_000_000_000L;

  private final JobTopics topics = new JobTopics(SharedBroker.uniqueName("history"), "events");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private final HistoryReader reader = new HistoryReader(clients, Duration.ofSeconds(20));

  @BeforeEach
  void createTopics() {
    SharedBroker.createTopic(topics.classWeights(), 1);
    SharedBroker.createTopic(topics.metrics(), 1);
  }

  @Test
  void readsWeightsAndMetricsToTheirEndsInOrder() {
    send(topics.classWeights(), weights(1, 500, 1, 3, 0), weights(2, 2500, 0.5, 7, 2));
    send(
        topics.metrics(),
        """
        {"job": "j", "time_ms": 1700000001000, "batch_offset": 1, "step": 0, "events": 256,
         "recall": {"a": 0.25}, "window": {"gmean": 0.9}, "drawn": {"a": 10, "b": 0}}
        """,
        """
        {"time_ms": 1700000002500, "batch_offset": 2, "step": 8, "events": 512, "gmean": 0.5,
         "balanced_accuracy": 0.625, "loss": 0.125, "recall": {"a": 0.25, "b": 1},
         "drawn": {"a": 100, "b": 28}, "done": false}
        """);

    JobHistory history = reader.read(topics, ORIGIN_MS);

    assertThat(history.job()).isEqualTo(topics.job());
    assertThat(history.weights())
        .containsExactly(
            new WeightsPoint(0.5, 3, Map.of("a", 1.0, "b", 1.0)),
            new WeightsPoint(2.5, 9, Map.of("a", 0.5, "b", 1.0), Map.of("a", 7L, "b", 2L)));
    assertThat(history.metrics())
        .extracting(MetricsPoint::older)
        .containsExactly(
            new MetricsPoint(
                1,
                256,
                0,
                null,
                null,
                null,
                Map.of("a", 0.25),
                Map.of("a", 10L, "b", 0L),
                Map.of(),
                null),
            new MetricsPoint(
                2.5,
                512,
                8,
                0.5,
                0.625,
                0.125,
                Map.of("a", 0.25, "b", 1.0),
                Map.of("a", 100L, "b", 28L),
                Map.of(),
                null));
  }

  @Test
  void whatWasAbortedIsNotThereAndTheEndIsFoundBehindIt() {
    try (Producer<byte[], byte[]> producer =
        clients.transactionalProducer(topics.groupOf("trainer"), Map.of())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topics.metrics(), metrics(1)));
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(record(topics.metrics(), metrics(99)));
      producer.flush();
      producer.abortTransaction();
    }
    assertThat(reader.read(topics, ORIGIN_MS).metrics())
        .extracting(MetricsPoint::events)
        .containsExactly(1L);
  }

  @Test
  void aLongHistoryIsThinnedAndKeepsItsNewestPoint() {
    String[] many = new String[2001];
    for (int i = 0; i < many.length; i++) {
      many[i] = metrics(i);
    }
    send(topics.metrics(), many);
    List<MetricsPoint> points = reader.read(topics, ORIGIN_MS).metrics();
    assertThat(points).hasSizeBetween(HistoryReader.MAX_POINTS / 2, HistoryReader.MAX_POINTS + 1);
    assertThat(points.get(0).events()).isZero();
    assertThat(points.get(points.size() - 1).events()).isEqualTo(2000);
  }

  @Test
  void ofAVeryLongHistorySomeRecordsOverTheWholeOfItAndTheNewestAreRead() {
    String[] many = new String[20_001];
    for (int i = 0; i < many.length; i++) {
      // Only what is read is parsed: most could be no metrics at all.
      many[i] = i % 50 == 0 || i > 19_900 ? metrics(i) : "{}";
    }
    send(topics.metrics(), many);
    List<MetricsPoint> points = reader.read(topics, ORIGIN_MS).metrics();
    assertThat(points).hasSizeBetween(HistoryReader.MAX_POINTS / 2, HistoryReader.MAX_POINTS + 1);
    assertThat(points.get(0).events()).isZero();
    assertThat(points.get(points.size() / 2).events()).isBetween(5_000L, 15_000L);
    assertThat(points.get(points.size() - 1).events()).isEqualTo(20_000);
  }

  @Test
  void emptyTopicsGiveAnEmptyHistory() {
    JobHistory history = reader.read(topics, ORIGIN_MS);
    assertThat(history.weights()).isEmpty();
    assertThat(history.metrics()).isEmpty();
    assertThat(history.latest()).isNull();
  }

  @Test
  void aRecordThatIsNotMetricsIsNamedWithItsPlace() {
    send(topics.metrics(), metrics(1), "{\"events\": \"many\"}");
    assertThatThrownBy(() -> reader.read(topics, ORIGIN_MS))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(topics.metrics() + "', offset 1: metrics have no whole number");
  }

  @Test
  void classesStayInOrder() {
    send(topics.classWeights(), weights(1, 0, 2, 1, 1));
    assertThat(reader.read(topics, ORIGIN_MS).weights().get(0).weights())
        .containsExactly(entry("a", 2.0), entry("b", 1.0));
  }

  private static String metrics(long events) {
    return "{\"time_ms\": %d, \"batch_offset\": 1, \"step\": 1, \"events\": %d, \"drawn_rows\": 1}"
        .formatted(ORIGIN_MS + events, events);
  }

  private String weights(long version, long afterMs, double weightOfA, long a, long b) {
    return new String(
        SnapshotJson.write(
            new Snapshot(
                topics.job(),
                version,
                ORIGIN_MS + afterMs,
                List.of("a", "b"),
                new ClassCounts(new long[] {a, b}, new double[] {a, b}, new double[] {a, b}),
                new double[] {0.5, 0.5},
                new double[] {weightOfA, 1},
                new Snapshot.Formula("balanced", Map.of()),
                Snapshot.Offsets.NONE,
                new StreamIdentity("cluster", "topic"),
                null)),
        StandardCharsets.UTF_8);
  }

  private void send(String topic, String... values) {
    try (Producer<byte[], byte[]> producer = clients.producer("test", Map.of())) {
      for (String value : values) {
        producer.send(record(topic, value));
      }
      producer.flush();
    }
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, String value) {
    return new ProducerRecord<>(topic, 0, null, value.getBytes(StandardCharsets.UTF_8));
  }
}
