package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.Schema;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.Span;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Features and classes changed under a job that has begun, as users do it. */
@Timeout(180)
class SchemaChangeIT {
  private static final List<String> ROLES = List.of("counter", "sampler", "trainer");
  private static final Schema SWAPPED =
      Schema.ofNumbers(List.of("g", "f"), "class", List.of("a", "b"));

  private final String job = SharedBroker.uniqueName("schema");
  private final String events = job + "-events";
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  @TempDir Path folder;
  private int sent;

  @BeforeEach
  void train() throws IOException {
    Files.write(
        folder.resolve("job.properties"),
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.label=class",
            "events.classes=a,b",
            "events.features=f,g",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "model.hidden=4",
            "metrics.port=0"));
    SharedBroker.createTopic(events, 1);
    send(120);
    trainToTheEnd();
  }

  @Test
  void everyRoleRefusesAnotherSchemaAndTakenBackTheJobGoesOnFromAnOlderReleaseToo() {
    send(30);
    List<Long> ends = ends();
    for (String change :
        List.of(
            "events.features=g,f",
            "events.features=f,g,h",
            "events.classes=b,a",
            "events.classes=a,c,b")) {
      for (String role : ROLES) {
        Outcome refused = run("run", "--role", role, "--stop-at-end", "--set", change);
        assertThat(refused.code()).as(refused.text()).isEqualTo(1);
        assertThat(refused.text())
            .contains("is of another schema: events.features=f,g, events.label=class,")
            .contains(change)
            .contains("Changing features or classes");
      }
      Outcome check = run("check", "--set", change);
      assertThat(check.code()).as(check.text()).isEqualTo(1);
      assertThat(check.text().lines().filter(line -> line.startsWith("WRONG")))
          .as(check.text())
          .hasSize(change.contains("h") ? 4 : 3); // events without an h would be dead letters too
    }
    assertThat(ends()).isEqualTo(ends);

    putWithoutSchema();
    Outcome refused = run("run", "--role", "counter", "--set", "events.classes=b,a");
    assertThat(refused.text()).contains("is of another schema").contains("events.classes=a,b");
    trainToTheEnd();

    assertEveryEventIsCoveredOnce();
    assertThat(SnapshotJson.read(newest(".class-weights").value()).schema()).isNotNull();
    Outcome check = run("check");
    assertThat(check.code()).as(check.text()).isZero();
    assertThat(check.text()).contains("of the features and classes configured");
  }

  @Test
  void recordsOfAnotherSchemaStopRolesUnlessTheyAreToBePassedOver() {
    long first = ends().get(1);
    put(".batches", MiniBatchFormat.write(of(newestBatch(), 4, 3, null), 3));
    put(".batches", MiniBatchFormat.write(of(newestBatch(), 4, 2, SWAPPED), 2));
    send(30);
    trainToTheEnd("counter");
    for (String role : List.of("sampler", "trainer")) {
      Outcome refused = run("run", "--role", role, "--stop-at-end");
      assertThat(refused.code()).as(refused.text()).isEqualTo(1);
      assertThat(refused.text()).contains("of topic '" + job + ".batches'");
      assertThat(refused.text()).contains("batches.mismatch=skip passes over them");
    }
    assertThat(run("check").code()).isEqualTo(1);

    ListAppender<ILoggingEvent> told = listen();
    trainToTheEnd("sampler", "--set", "batches.mismatch=skip");
    trainToTheEnd("trainer", "--set", "batches.mismatch=skip");

    assertThat(told.list.stream().map(ILoggingEvent::getFormattedMessage))
        .anySatisfy(line -> assertThat(line).startsWith("offsets %d to %d".formatted(first, first)))
        .anySatisfy(
            line ->
                assertThat(line).startsWith("offsets %d to %d".formatted(first + 1, first + 1)));
    send(10);
    trainToTheEnd();
  }

  /** As the newest of a job that an older release wrote. */
  private void putWithoutSchema() {
    Snapshot newest = SnapshotJson.read(newest(".class-weights").value());
    assertThat(newest.schema()).isNotNull();
    put(".class-weights", withoutSchema(newest));
    put(".batches", MiniBatchFormat.write(of(newestBatch(), 0, 2, null), 2));
  }

  private void trainToTheEnd() {
    ROLES.forEach(this::trainToTheEnd);
  }

  private void trainToTheEnd(String role, String... more) {
    List<String> args = new ArrayList<>(List.of("run", "--role", role, "--stop-at-end"));
    args.addAll(List.of(more));
    Outcome outcome = run(args.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.text()).isZero();
  }

  private Outcome run(String... command) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(1, List.of("--config", folder.resolve("job.properties").toString()));
    return Outcome.of(args);
  }

  private void assertEveryEventIsCoveredOnce() {
    long next = 0;
    for (Span span : BatchLogAudit.of(job).spans().getOrDefault(0, List.of())) {
      assertThat(span.from()).isEqualTo(next);
      next = span.to();
    }
    assertThat(next).isEqualTo(sent);
  }

  private void send(int count) {
    try (Producer<byte[], byte[]> producer = clients.producer("events", Map.of())) {
      for (int i = 0; i < count; i++, sent++) {
        String value =
            "{\"f\":%d,\"g\":%d,\"class\":\"%s\"}"
                .formatted(sent % 10, 100 + sent % 7, sent % 3 == 0 ? "b" : "a");
        producer.send(new ProducerRecord<>(events, value.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  private void put(String topic, byte[] value) {
    byte[] key = topic.equals(".class-weights") ? job.getBytes(StandardCharsets.UTF_8) : null;
    try (Producer<byte[], byte[]> producer = clients.producer("old", Map.of())) {
      producer.send(new ProducerRecord<>(job + topic, key, value));
    }
  }

  private ConsumerRecord<byte[], byte[]> newest(String topic) {
    try (TopicTail<ConsumerRecord<byte[], byte[]>> log =
        new TopicTail<>(clients.consumer("newest", Map.of()), job + topic, Function.identity())) {
      return log.newest().orElseThrow();
    }
  }

  private MiniBatch newestBatch() {
    return MiniBatchFormat.read(newest(".batches").value());
  }

  /** Ends of the topics that roles write. */
  private List<Long> ends() {
    List<TopicPartition> topics =
        List.of(".class-weights", ".batches", ".checkpoints", ".dead-letters").stream()
            .map(topic -> new TopicPartition(job + topic, 0))
            .toList();
    try (Consumer<byte[], byte[]> consumer = clients.consumer("ends", Map.of())) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(topics);
      return topics.stream().map(topic -> ends.getOrDefault(topic, 0L)).toList();
    }
  }

  /** A record of so many draws and no evaluation that covers nothing. */
  private static MiniBatch of(MiniBatch like, int rows, int features, @Nullable Schema schema) {
    MiniBatch.Origin of = like.origin();
    return new MiniBatch(
        new MiniBatch.Draws(
            new float[rows * features],
            new long[rows],
            new float[rows],
            new int[rows],
            new long[rows],
            new byte[rows]),
        new MiniBatch.EvaluationSlice(
            new float[0], new long[0], new float[0], new int[0], new long[0]),
        like.known(),
        like.prior(),
        like.classWeight(),
        like.uses(),
        new MiniBatch.Origin(
            of.job(),
            of.weightsVersion(),
            new TreeMap<>(),
            new TreeMap<>(),
            of.eventTimeMinMs(),
            of.eventTimeMaxMs(),
            of.stream(),
            schema));
  }

  private static byte[] withoutSchema(Snapshot newest) {
    return SnapshotJson.write(
        new Snapshot(
            newest.job(),
            newest.version(),
            newest.asOfMs(),
            newest.classes(),
            newest.counts(),
            newest.priors(),
            newest.weights(),
            newest.formula(),
            newest.offsets(),
            newest.stream(),
            null));
  }

  private static ListAppender<ILoggingEvent> listen() {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    told.start();
    ((Logger) LoggerFactory.getLogger("dev.counterweight.trainer.SchemaGate")).addAppender(told);
    return told;
  }
}
