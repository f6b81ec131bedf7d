package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.ReceivedRecord;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.letters.LetterForm;
import dev.counterweight.letters.LetterHeaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Events that a job refuses, looked at, mended and published again, as an operator does it. */
@Timeout(180)
class DeadLettersCommandIT {
  /** The broker looks for records past their time half a minute after it began: these are old. */
  private static final Map<String, String> KEPT = Map.of("retention.ms", "-1");

  private static final long TIME_MS = 1_700_000_000_000L;
  private static final String MENDED = "events.classes=ok,fraud|chargeback";

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("job");
  private final String events = SharedBroker.uniqueName("events");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  @Test
  void eventsThatWereRefusedAreTrainedOnOnceMendedEachOnce() throws Exception {
    configure();
    SharedBroker.createTopic(events, 3, KEPT);
    send(90, 10);
    trained("seed=1");

    Outcome list = letters("list");
    assertThat(list.code()).isZero();
    assertThat(list.text())
        .contains("12 letters on topic '" + job + ".dead-letters'")
        .containsPattern("unknown_label +11 +10 +20")
        .containsPattern("malformed +1 +1 +20")
        .contains(
            "label 'chargeback' in field 'class'", "not to replay: 1 replayed 3 times or more");
    Outcome show = letters("show", "--reason", "malformed");
    assertThat(show.text())
        .contains("malformed: ", "from " + events + ", partition 2, offset ")
        .contains("time 2023-11-14T22:13:20Z", "  header trace: 0x 1b 5b 32 4a", "  key: none")
        .contains("  value: 0x 00 01 ff")
        .doesNotContain("\u001b", "unknown_label");
    assertThat(letters("show", "--max", "2").text().lines().filter(l -> l.startsWith("offset ")))
        .hasSize(2);

    List<ConsumerRecord<byte[], byte[]>> before = events();
    Outcome dry = letters("replay", "--dry-run");
    assertThat(dry.text()).contains("11 events would be published to topic '" + events + "'");
    assertThat(events()).hasSameSizeAs(before);

    Outcome replay = letters("replay", "--reason", "unknown_label");
    assertThat(replay.code()).as(replay.text()).isZero();
    assertThat(replay.text())
        .contains(
            "10 events published", "  unknown_label: 10", "refused: 1 replayed 3 times or more")
        .contains("left: 1 not selected");
    assertSameAgain(before);

    JsonNode second = trained(MENDED);
    assertThat(second.get("dead_letters").asLong()).isZero();
    assertThat(second.at("/counts/ok").asLong()).isEqualTo(80);
    assertThat(second.at("/counts/fraud").asLong()).as("chargebacks among them").isEqualTo(20);
    assertThat(evaluated()).hasSize(100).doesNotHaveDuplicates();

    assertThat(letters("replay", "--reason", "unknown_label").text())
        .contains("0 events published");
    assertThat(letters("list").text()).containsPattern("unknown_label +11 +0 +20");
    Outcome spent = letters("replay", "--reason", "unknown_label", "--force");
    assertThat(spent.text()).contains("1 events published");
    assertThat(trained(MENDED).get("events").asLong()).isEqualTo(1);
  }

  @Test
  void whatIsReplayedUnmendedComesBackWithItsCountAndIsRefusedAfterThree() throws Exception {
    configure();
    SharedBroker.createTopic(events, 1, KEPT);
    try (Producer<byte[], byte[]> producer = clients.producer("test", Map.of())) {
      ProducerRecord<byte[], byte[]> twice =
          new ProducerRecord<>(events, "{\"ts\":1700000000000,\"class\":\"ok\"}".getBytes(UTF_8));
      twice.headers().add("cw.replays", "2".getBytes(UTF_8));
      producer.send(twice);
    }
    assertThat(counted()).isEqualTo(1);
    sampled();
    assertThat(letters("replay").text()).contains("  missing_feature: 1");
    assertThat(counted()).as("not once more").isEqualTo(1);
    assertThat(sampled().get("dead_letters").asLong()).isEqualTo(1);

    Outcome refused = letters("replay");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.text())
        .contains("0 events published", "refused: 1 replayed 3 times or more");
    assertThat(letters("show", "--max", "1").text()).contains("  replayed: 3");
  }

  @Test
  void aReplayThatIsKilledAndStartedAgainPublishesEachEventOnce() throws Exception {
    configure();
    SharedBroker.createTopic(events, 3, KEPT);
    assertThat(run("topics").code()).isZero();
    int count = 60_000;
    try (Producer<byte[], byte[]> producer = clients.producer("test", Map.of())) {
      for (int i = 0; i < count; i++) {
        producer.send(letter(i));
      }
    }
    Path log = folder.resolve("log");
    String config = folder.resolve("job.properties").toString();
    try (ChildJvm replay =
        ChildJvm.start(log, List.of("dead-letters", "replay", "--config", config))) {
      await("the first of its transactions")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> WholeLog.end(clients, events) > 0);
      replay.kill();
    }
    int published = events().size();
    assertThat(published).as("killed at work").isPositive().isLessThan(count);

    Outcome rest = letters("replay");

    assertThat(rest.text())
        .contains(String.format(Locale.ROOT, "%,d events published", count - published));
    List<String> keys = events().stream().map(event -> new String(event.key(), UTF_8)).toList();
    assertThat(keys).hasSize(count).doesNotHaveDuplicates();
  }

  /** An event and a label that the joiner refused, and a labelled event that the sampler did. */
  @Test
  void lettersOfAJobWhoseLabelsComeLaterGoBackToTheTopicsThatTheyCameFrom() throws Exception {
    String labels = SharedBroker.uniqueName("labels");
    configureApart(labels);
    SharedBroker.createTopic(events, 1, KEPT);
    SharedBroker.createTopic(labels, 2, KEPT);
    assertThat(run("topics").code()).isZero();
    LetterForm form = new LetterForm(job + ".dead-letters", 1 << 20);
    ConsumerRecord<byte[], byte[]> labelled = refused(job + ".labelled", 0, "{}");
    labelled.headers().add("cw.label", "fraud".getBytes(UTF_8));
    labelled.headers().add("cw.replaces", "ok".getBytes(UTF_8));
    try (Producer<byte[], byte[]> producer = clients.producer("test", Map.of())) {
      producer.send(form.of(refused(events, 0, "{"), rejected(Reason.MALFORMED, "no JSON"), false));
      producer.send(
          form.of(refused(labels, 1, "{}"), rejected(Reason.MISSING_KEY, "join key"), false));
      producer.send(form.of(labelled, rejected(Reason.MISSING_FEATURE, "feature 'amount'"), true));
    }

    assertThat(letters("list").text())
        .containsPattern("malformed \\(events\\) +1 +1 +20")
        .containsPattern("missing_key \\(labels\\) +1 +1 +20")
        .containsPattern("missing_feature \\(labelled events\\) +1 +1 +20")
        .contains("(from " + labels + ", partition 1, offset 7)")
        .doesNotContain("not to replay");
    assertThat(letters("show", "--reason", "missing_key").text())
        .contains("  labels: from " + labels + ", partition 1, offset 7");
    Outcome dry = letters("replay", "--dry-run");
    assertThat(dry.text()).contains("1 labels would be published to topic '" + labels + "'");

    Outcome replay = letters("replay");

    assertThat(replay.code()).as(replay.text()).isZero();
    assertThat(replay.text())
        .contains(
            "1 events published to topic '" + events + "'",
            "1 labels published to topic '" + labels + "'",
            "1 labelled events published to topic '" + job + ".labelled'");
    assertThat(published(events)).containsExactly("0 1700000000000 { trace cw.replays");
    assertThat(published(labels)).containsExactly("1 1700000000000 {} trace cw.replays");
    // That topic's records have the time at which they are written.
    assertThat(published(job + ".labelled"))
        .as("not by way of the joiner, and with its class")
        .hasSize(1)
        .allMatch(of -> of.endsWith(" {} trace cw.label cw.replaces cw.replays cw.counted"));
    assertThat(letters("replay").text()).contains("0 events published");
  }

  private void configureApart(String labels) throws IOException {
    configure();
    Path file = folder.resolve("job.properties");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.removeIf(line -> line.startsWith("events.label="));
    lines.addAll(
        List.of(
            "labels.topic=" + labels,
            "labels.label=class",
            "labels.wait=1h",
            "labels.state.dir=" + folder.resolve("state")));
    Files.write(file, lines);
  }

  private static ConsumerRecord<byte[], byte[]> refused(String topic, int partition, String value) {
    byte[] bytes = value.getBytes(UTF_8);
    ConsumerRecord<byte[], byte[]> record =
        ReceivedRecord.of(
            new TopicPartition(topic, partition),
            7,
            TIME_MS,
            new byte[] {'k'},
            bytes,
            new RecordHeaders());
    record.headers().add("trace", new byte[] {1});
    return record;
  }

  private static EventRejectedException rejected(Reason reason, String message) {
    return new EventRejectedException(reason, message);
  }

  /** Of each record of a topic partition, time, value, and the names of its headers. */
  private List<String> published(String topic) {
    List<String> all = new ArrayList<>();
    WholeTopic.forEach(
        clients,
        topic,
        record -> {
          StringBuilder told = new StringBuilder();
          told.append(record.partition()).append(' ').append(record.timestamp()).append(' ');
          told.append(new String(record.value(), UTF_8));
          record.headers().forEach(header -> told.append(' ').append(header.key()));
          all.add(told.toString());
        });
    return all;
  }

  private ProducerRecord<byte[], byte[]> letter(int i) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(
            job + ".dead-letters", Integer.toString(i).getBytes(UTF_8), "x".getBytes(UTF_8));
    Map.of(
            LetterHeaders.PARTITION, Integer.toString(i % 3),
            LetterHeaders.OFFSET, Integer.toString(i),
            LetterHeaders.TIMESTAMP, Long.toString(TIME_MS),
            LetterHeaders.TOPIC, events,
            LetterHeaders.REASON, "malformed")
        .forEach((name, value) -> LetterHeaders.put(letter.headers(), name, value));
    return letter;
  }

  @Test
  void aJobThatHasNoLettersYetIsToldOfAndWrongUsageIsRefused() throws Exception {
    configure();
    SharedBroker.createTopic(events, 1, KEPT);
    assertThat(letters("list").code()).isEqualTo(1);
    assertThat(letters("list").text()).contains("'" + job + ".dead-letters' does not exist");
    for (String[] wrong :
        new String[][] {
          {"list", "--dry-run"},
          {"show", "--force"},
          {"list", "--max", "3"},
          {"show", "--max", "0"},
          {"replay", "--since", "yesterday"},
          {"list", "--reason", "unknown_labels"},
          {"repaly"},
          {}
        }) {
      Outcome outcome = letters(wrong);
      assertThat(outcome.code()).as(outcome.text()).isEqualTo(2);
      assertThat(outcome.text()).startsWith("error: ");
    }
    assertThat(run("topics").code()).isZero();
    assertThat(letters("list").text()).contains("0 letters on topic");
    assertThat(letters("show", "--since", "1h").text()).contains("no letter of those asked for");
    assertThat(letters("replay").code()).isZero();
  }

  /** Of the poisoned events one was replayed three times, and one is no JSON. */
  private void send(int good, int unknown) {
    try (Producer<byte[], byte[]> producer = clients.producer("test", Map.of())) {
      for (int i = 0; i < good + unknown; i++) {
        producer.send(event(i, i < good ? (i % 9 == 0 ? "fraud" : "ok") : "chargeback"));
      }
      ProducerRecord<byte[], byte[]> spent = event(1, "chargeback");
      spent.headers().add("cw.replays", "3".getBytes(UTF_8));
      producer.send(spent);
      ProducerRecord<byte[], byte[]> bytes =
          new ProducerRecord<>(events, 2, TIME_MS, null, new byte[] {0, 1, -1});
      bytes.headers().add("trace", "\u001b[2J".getBytes(UTF_8));
      producer.send(bytes);
    }
  }

  private ProducerRecord<byte[], byte[]> event(int i, String label) {
    String value = "{\"amount\":%d,\"ts\":%d,\"class\":\"%s\"}".formatted(i, TIME_MS, label);
    ProducerRecord<byte[], byte[]> event =
        new ProducerRecord<>(
            events, i % 3, TIME_MS + i, ("key" + i).getBytes(UTF_8), value.getBytes(UTF_8));
    event.headers().add("trace", new byte[] {(byte) i}).add("trace", null);
    return event;
  }

  /** The events after those before are ten of them, as they were, each in its partition. */
  private void assertSameAgain(List<ConsumerRecord<byte[], byte[]>> before) {
    List<ConsumerRecord<byte[], byte[]>> after = events();
    List<ConsumerRecord<byte[], byte[]>> again =
        after.stream().filter(e -> e.headers().lastHeader("cw.replays") != null).toList();
    assertThat(again).hasSize(11);
    for (ConsumerRecord<byte[], byte[]> event : again) {
      if (new String(event.headers().lastHeader("cw.replays").value(), UTF_8).equals("3")) {
        continue;
      }
      ConsumerRecord<byte[], byte[]> first =
          before.stream()
              .filter(e -> Arrays.equals(e.key(), event.key()))
              .max(Comparator.comparing(ConsumerRecord::offset))
              .orElseThrow();
      assertThat(event.value()).isEqualTo(first.value());
      assertThat(event.partition()).isEqualTo(first.partition());
      assertThat(event.timestamp()).isEqualTo(first.timestamp());
      List<String> headers = new ArrayList<>();
      event.headers().forEach(header -> headers.add(header.key()));
      assertThat(headers).containsExactly("trace", "trace", "cw.replays");
      assertThat(event.headers().toArray()[0].value())
          .isEqualTo(first.headers().toArray()[0].value());
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> events() {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    WholeTopic.forEach(clients, events, all::add);
    return all;
  }

  /** Where the events stand that were scored, each before it is trained on. */
  private List<String> evaluated() {
    List<String> all = new ArrayList<>();
    for (MiniBatch batch : WholeLog.read(clients, job + ".batches", MiniBatchFormat::read)) {
      MiniBatch.EvaluationSlice rows = batch.evaluation();
      for (int i = 0; i < rows.rows(); i++) {
        all.add(rows.sourcePartition()[i] + "-" + rows.sourceOffset()[i]);
      }
    }
    return all;
  }

  private void configure() throws IOException {
    Files.write(
        folder.resolve("job.properties"),
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.label=class",
            "events.classes=ok,fraud",
            "events.features=amount",
            "events.time=ts",
            "evaluation.share=1",
            "dead.letters.max.share=1",
            "model.hidden=4",
            "device=cpu",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "metrics.port=0"));
  }

  private JsonNode trained(String setting) throws IOException {
    return summary(run("run", "--stop-at-end", "--set", setting, "--summary", "SUMMARY"));
  }

  /** Events of class ok, after those that there are. */
  private long counted() throws IOException {
    Outcome counter = run("run", "--stop-at-end", "--role", "counter", "--summary", "SUMMARY");
    return summary(counter).at("/counts/ok").asLong();
  }

  private JsonNode sampled() throws IOException {
    return summary(run("run", "--stop-at-end", "--role", "sampler", "--summary", "SUMMARY"));
  }

  private JsonNode summary(Outcome outcome) throws IOException {
    outcome.succeeded();
    return new ObjectMapper().readTree(folder.resolve("summary.json").toFile());
  }

  private Outcome letters(String... args) {
    List<String> all = new ArrayList<>(List.of("dead-letters"));
    all.addAll(List.of(args));
    return execute(all);
  }

  private Outcome run(String command, String... args) {
    List<String> all = new ArrayList<>(List.of(command));
    for (String arg : args) {
      all.add("SUMMARY".equals(arg) ? folder.resolve("summary.json").toString() : arg);
    }
    return execute(all);
  }

  private Outcome execute(List<String> args) {
    List<String> all = new ArrayList<>(args);
    all.addAll(List.of("--config", folder.resolve("job.properties").toString()));
    return Outcome.of(all);
  }
}
