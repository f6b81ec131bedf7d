package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a check says of labels that come on a topic of their own, and of how they find events. */
@Timeout(120)
class CheckLabelsIT {
  private static final long NOW_MS = System.currentTimeMillis();
  private static final long MINUTE_MS = 60_000;

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("job");
  private final String events = SharedBroker.uniqueName("events");
  private final String labels = SharedBroker.uniqueName("labels");
  private final Producer<byte[], byte[]> producer =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()))
          .producer("test", Map.of());
  private String text = "";

  @AfterEach
  void close() {
    producer.close();
  }

  @Test
  void itTellsHowManyLabelsFindTheirEventsAndHowLateTheyAre() throws Exception {
    topics(2, 2);
    for (int i = 0; i < 50; i++) {
      event(i);
      // One each minute, up to 50; the wait is 40.
      label("order" + i, null, "{\"class\":\"%s\"}".formatted(i % 5 == 0 ? "fraud" : "ok"), i);
    }
    label("order50", null, "{\"class\":\"ok\"}", 0);

    assertThat(check("labels.wait=40m")).as(text).isZero();

    assertThat(text)
        .contains("ok    labels.state.dir=" + folder.resolve("state") + ": writable")
        .contains("topic " + job + ".labelled: absent")
        .contains("ok    events: 50 of the newest read, 0 would be dead letters")
        .contains("ok    labels: 51 of the newest read, 0 would be dead letters")
        .contains("class ok: 41", "class fraud: 10")
        .contains("join: events of 2 partitions as they are, labels of 2 as they are")
        .contains("of 51 sampled labels, 50 have the key of one of 50 sampled events")
        .contains(
            "note  labels: half of those found come within 24 min, 90 % within 44 min;"
                + " labels.wait=40 min: 9 of 50 would come too late");
    assertThat(check("labels.wait=1h")).as(text).isZero();
    assertThat(text).contains("ok    labels: half of those found come within").contains("all well");
    assertThat(check("labels.wait=40m", "labels.correct.for=5m")).isZero();
    assertThat(text).contains("9 of 50 would come too late (5 of these would correct)");
  }

  @Test
  void whatWouldBeRefusedOfEitherTopicIsShownWithItsMend() throws Exception {
    topics(1, 1);
    event(1);
    send(events, 0, null, "{\"amount\":1}", NOW_MS);
    label("order1", 0, "{\"outcome\":{\"class\":\"ok\"}}", 0);
    label("order2", 0, "{\"outcome\":{\"class\":\"fraud\"}}", 0);

    assertThat(check()).isEqualTo(1);

    assertThat(text)
        .contains("WRONG events: 2 of the newest read, 1 would be dead letters")
        .contains(
            "1 missing_key: partition 0, offset 1: join key 'key:' is missing: the record has no"
                + " key; events.key must lead to")
        .contains("WRONG labels: 2 of the newest read, 2 would be dead letters")
        .contains("2 missing_label: partition 0, offset 0: label 'class' is missing")
        .contains("mend: set labels.label=outcome.class");
    assertThat(text).doesNotContain("another schema");
    assertThat(check("labels.label=outcome.class")).isEqualTo(1);
    assertThat(text).contains("ok    labels: 2 of the newest read, 0 would be dead letters");
  }

  @Test
  void keysThatDifferInFormAreShown() throws Exception {
    topics(1, 1);
    for (int i = 0; i < 30; i++) {
      send(events, 0, "x", "{\"amount\":1,\"id\":%d}".formatted(i), NOW_MS);
      label("\"%d\"".formatted(i), 0, "{\"class\":\"ok\"}", 0);
    }

    assertThat(check("events.key=id")).as(text).isZero();

    assertThat(text)
        .contains("join: events of 1 partitions repartitioned, labels of 1 as they are")
        .contains("note  join: of 30 sampled labels, 0 have the key of one of 30 sampled events")
        .containsPattern("key of an event \\(events.key=id\\): [0-9]+\n")
        .containsPattern("key of a label \\(labels.key=key:\\): \"[0-9]+\"\n")
        .contains("no problem found; see the notes");
  }

  @Test
  void keysThatAnotherPartitionerPlacedAreAProblemOfADirectJoin() throws Exception {
    topics(2, 2);
    for (int i = 0; i < 40; i++) {
      event(i);
      label("order" + i, i % 2, "{\"class\":\"ok\"}", 0);
    }

    assertThat(check()).isEqualTo(1);
    assertThat(text)
        .containsPattern(
            "WRONG join: \\d+ of 40 labels stand in another partition than their event")
        .contains("set labels.repartition=always");
    assertThat(check("labels.repartition=always")).as(text).isZero();
    assertThat(text)
        .contains("events of 2 partitions repartitioned, labels of 2 repartitioned")
        .contains("of 40 sampled labels, 40 have the key");
  }

  @Test
  void andOfOneThatReadsOneTopicAsItIs() throws Exception {
    topics(2, 3);
    for (int i = 0; i < 40; i++) {
      send(events, i % 2, "order" + i, "{\"amount\":1}", NOW_MS);
      label("order" + i, null, "{\"class\":\"ok\"}", 0);
    }

    assertThat(check()).isEqualTo(1);
    assertThat(text)
        .contains("events of 2 partitions as they are, labels of 3 repartitioned")
        .containsPattern(
            "WRONG join: \\d+ of 40 sampled events do not stand where Kafka's own partitioner")
        .contains("to which the labels are repartitioned: set labels.repartition=always");
    assertThat(check("labels.repartition=always")).as(text).isZero();
  }

  @Test
  void anEmptyTopicOfLabelsIsNoProblem() throws Exception {
    topics(1, 1);
    event(1);

    assertThat(check()).as(text).isZero();
    assertThat(text).contains("labels: the topic is empty").doesNotContain("differ in form");
  }

  private void topics(int ofEvents, int ofLabels) throws Exception {
    SharedBroker.createTopic(events, ofEvents);
    SharedBroker.createTopic(labels, ofLabels);
  }

  private void event(int i) throws Exception {
    send(events, null, "order" + i, "{\"amount\":%d}".formatted(i), NOW_MS - 60 * MINUTE_MS);
  }

  private void label(String key, @Nullable Integer partition, String value, int minutes)
      throws Exception {
    send(labels, partition, key, value, NOW_MS - (60 - minutes) * MINUTE_MS);
  }

  private void send(
      String topic, @Nullable Integer partition, @Nullable String key, String value, long timeMs)
      throws Exception {
    byte[] bytes = key == null ? null : key.getBytes(UTF_8);
    producer
        .send(new ProducerRecord<>(topic, partition, timeMs, bytes, value.getBytes(UTF_8)))
        .get();
  }

  private int check(String... settings) throws IOException {
    Path file = folder.resolve("job.properties");
    Files.write(
        file,
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.classes=ok,fraud",
            "events.features=amount",
            "labels.topic=" + labels,
            "labels.label=class",
            "labels.wait=2h",
            "labels.state.dir=" + folder.resolve("state"),
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "device=cpu",
            "metrics.port=0"));
    List<String> args = new ArrayList<>(List.of("check", "--config", file.toString()));
    for (String setting : settings) {
      args.addAll(List.of("--set", setting));
    }
    Outcome checked = Outcome.of(args);
    text = checked.text();
    return checked.code();
  }
}
