package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandIT {
  @TempDir Path folder;
  private final String events = SharedBroker.uniqueName("events");
  private final String job = SharedBroker.uniqueName("job");
  private final StringWriter out = new StringWriter();

  @Test
  void goodEventsAreCountedByClassAndAllIsWell() throws IOException {
    SharedBroker.createTopic(events, 2);
    send("{\"amount\":1,\"class\":\"ok\"}", "{\"amount\":2,\"class\":\"fraud\"}");

    assertThat(run("check")).as(out.toString()).isZero();

    assertThat(out.toString())
        .contains("2 of the newest read, 0 would be dead letters")
        .contains("class ok: 1")
        .contains("class fraud: 1")
        .contains("absent, a role will create it")
        .contains("all well");
  }

  @Test
  void eventsThatWouldBeDeadLettersAreShownWithTheirRule() throws IOException {
    SharedBroker.createTopic(events, 1);
    send(
        "{\"amount\":1,\"class\":\"ok\"}",
        "{\"amount\":1,\"class\":\"maybe\"}",
        "{\"class\":\"ok\"}",
        "no json");

    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString())
        .contains("4 of the newest read, 3 would be dead letters")
        .contains("partition 0, offset 1: label 'maybe' in field 'class'")
        .contains("partition 0, offset 2: feature 'amount' is missing")
        .contains("partition 0, offset 3: not JSON")
        .contains("1 unknown_label: partition 0", "1 missing_feature of 'amount': partition 0")
        .contains("  value: {\"amount\":1,\"class\":\"maybe\"}")
        .contains("  mend: maybe in events.classes behind a | of the class");
  }

  @Test
  void itLooksBackPastAbortedRecordsForASample() throws Exception {
    SharedBroker.createTopic(events, 2);
    send("{\"amount\":1,\"class\":\"ok\"}", "{\"amount\":2,\"class\":\"maybe\"}");
    abort(4_000);

    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString())
        .contains("2 of the newest read, 1 would be dead letters")
        .contains("label 'maybe'");
  }

  @Test
  void itSaysHowFarItLookedWhereNothingIsFound() throws Exception {
    SharedBroker.createTopic(events, 1);
    abort(4_000);

    assertThat(run("check")).as(out.toString()).isZero();

    assertThat(out.toString())
        .contains("note  events: no record among the 4,001 offsets of 1 partitions")
        .contains("no problem found; see the notes")
        .doesNotContain("empty");
  }

  @Test
  void everyPartitionIsLookedAt() throws Exception {
    SharedBroker.createTopic(events, 64);
    sendTo(63, "{\"amount\":1,\"class\":\"maybe\"}");

    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString()).contains("partition 63, offset 0: label 'maybe'");
  }

  @Test
  void tombstonesAreCountedApartAndAreNoFailure() throws Exception {
    SharedBroker.createTopic(events, 1);
    send("{\"amount\":1,\"class\":\"ok\"}", null, null);

    assertThat(run("check")).as(out.toString()).isZero();

    assertThat(out.toString())
        .contains("2 tombstones (records without a value, deletes) are passed over")
        .contains("1 of the newest read, 0 would be dead letters");
  }

  @Test
  void whatARunWouldRefuseOfEventsDeletedOrCreatedAgainIsAProblem() throws Exception {
    SharedBroker.createTopic(events, 1);
    send("{\"amount\":1,\"class\":\"ok\"}", "{\"amount\":2,\"class\":\"fraud\"}");
    assertThat(run("run", "sampler.linger=50ms", "stop")).as(out.toString()).isZero();
    assertThat(run("check")).as(out.toString()).isZero();
    send("{\"amount\":1,\"class\":\"ok\"}", "{\"amount\":2,\"class\":\"fraud\"}");
    try (Admin admin = SharedBroker.admin()) {
      TopicPartition partition = new TopicPartition(events, 0);
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(3))).all().get();
    }

    assertThat(run("check")).isEqualTo(1);
    assertThat(out.toString())
        .contains("partition 0: offsets 2 to 2 were deleted before they were counted; set events")
        .contains("partition 0: offsets 2 to 2 were deleted before they were used; set events");
    assertThat(run("check", "events.lost=continue")).as(out.toString()).isZero();

    SharedBroker.recreateTopic(events, 1);
    send("{\"amount\":1,\"class\":\"ok\"}", "{\"amount\":2,\"class\":\"fraud\"}");
    assertThat(run("check")).isEqualTo(1);
    assertThat(out.toString()).contains("deleted and created again: start a new job");
  }

  @Test
  void aLinkToNoFolderIsAProblem() throws IOException {
    SharedBroker.createTopic(events, 1);
    Files.createSymbolicLink(folder.resolve("checkpoints"), folder.resolve("nowhere"));

    assertThat(run("check")).isEqualTo(1);
    assertThat(out.toString()).contains("must be a folder that this user can write to");
  }

  @Test
  void theValuesOfEachFeatureAreShown() throws Exception {
    SharedBroker.createTopic(events, 1);
    send(
        "{\"amount\":-1.5,\"class\":\"ok\"}",
        "{\"amount\":1790000000,\"class\":\"ok\"}",
        "{\"amount\":-1.5,\"class\":\"ok\"}");

    assertThat(run("check")).as(out.toString()).isZero();

    assertThat(out.toString())
        .containsPattern("feature +least +mean +largest +distinct +missing")
        .containsPattern("amount +-1.5 +596667000 +1790000000 +2 +-\n");
  }

  @Test
  void controlCharactersOfAnEventDoNotReachTheTerminal() throws Exception {
    SharedBroker.createTopic(events, 1);
    send("{\"amount\":1,\"class\":\"\\u001b[2J\\u009b1m\\rok    all well\"}");

    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString())
        .contains("\\u001b[2J\\u009b1m\\u000dok")
        .doesNotContain("\u001b", "\u009b", "\r");
  }

  @Test
  void aModelToBeginWithThatIsMissingCutOrOfAnotherShapeIsAProblem() throws Exception {
    SharedBroker.createTopic(events, 1);
    Path cut =
        Files.write(folder.resolve("cut.safetensors"), new byte[] {100, 0, 0, 0, 0, 0, 0, 0});
    SafeTensors other =
        new SafeTensors(
            new TreeMap<>(Map.of("0.weight", new Tensor.F32(new float[6], 2, 3))), new TreeMap<>());
    Path unfit = Files.write(folder.resolve("unfit.safetensors"), other.toBytes());

    for (Path initial : List.of(folder.resolve("none"), cut, unfit)) {
      assertThat(run("check", "trainer.initial=" + initial)).isEqualTo(1);
      assertThat(out.toString()).contains("WRONG trainer.initial=" + initial);
    }
    Path script = Files.writeString(folder.resolve("model.pt"), "no module");
    for (Path file : List.of(folder.resolve("none.pt"), script)) {
      assertThat(run("check", "model=torchscript", "model.file=" + file)).isEqualTo(1);
      assertThat(out.toString()).contains("WRONG model.file=" + file);
    }
    assertThat(run("check")).isZero();
    assertThat(out.toString()).contains("ok    model=mlp on ", ": begins anew");
  }

  @Test
  void aFolderThatPyTorchCannotBeUnpackedIntoIsNamedWithItsSetting() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    SharedBroker.createTopic(events, 1);
    Path log = folder.resolve("log");

    try (ChildJvm check =
        ChildJvm.start(
            log,
            Map.of("DJL_CACHE_DIR", file.resolve("below").toString()),
            List.of("check", "--config", config().toString()))) {
      assertThat(check.await(60)).as(check.output()).isEqualTo(1);
      assertThat(check.output())
          .contains("WRONG PyTorch cannot be unpacked into " + file.resolve("below"))
          .contains("set the environment variable DJL_CACHE_DIR to a folder");
    }
  }

  @Test
  void anEventsTopicThatIsNotThereIsAProblem() throws IOException {
    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString()).contains("topic '" + events + "' does not exist");
  }

  @Test
  void topicsCreatesTheJobsOwnAndMayBeRunAgain() throws IOException {
    assertThat(run("topics")).isZero();
    assertThat(out.toString()).contains("created  " + job + ".batches");
    assertThat(run("topics")).isZero();
    assertThat(out.toString()).contains("in place " + job + ".batches");
  }

  @Test
  void timesInAnotherUnitAreFoundAndNamed() throws IOException {
    SharedBroker.createTopic(events, 1);
    send("{\"amount\":1,\"class\":\"ok\",\"ts\":1790000000}");

    assertThat(run("check", "events.time=ts")).isEqualTo(1);
    assertThat(out.toString())
        .contains("in s it is 2026-09-21T14:13:20Z: set events.time.unit=s")
        .contains("  mend: set events.time.unit=s");

    assertThat(run("check", "events.time=ts", "events.min.time=1970-01-01")).isEqualTo(1);
    assertThat(out.toString())
        .contains("WRONG times: 1970-01-21T17:13:20Z to")
        .contains("in s they would be: set events.time.unit=s");

    assertThat(run("check", "events.time=ts", "events.time.unit=s")).isZero();
    assertThat(out.toString())
        .contains(
            "times: 2026-09-21T14:13:20Z to 2026-09-21T14:13:20Z (field 'ts', events.time.unit=s)");
  }

  @Test
  void aRecordWithoutNamesIsShownBesideThem() throws IOException {
    SharedBroker.createTopic(events, 1);
    send("0,0.98,1");

    assertThat(run("check", "events.format=csv", "events.classes=0,1", "events.features=a,b"))
        .isZero();
    assertThat(out.toString()).contains("first record: a=0, b=0.98, class=1");

    assertThat(
            run(
                "check",
                "events.format=csv",
                "events.classes=0,1",
                "events.features=a,b",
                "events.columns=class,a,b"))
        .isZero();
    assertThat(out.toString()).contains("first record: class=0, a=0.98, b=1");
  }

  private int run(String command, String... settings) throws IOException {
    List<String> args = new ArrayList<>(List.of(command));
    for (String setting : settings) {
      args.addAll(setting.equals("stop") ? List.of("--stop-at-end") : List.of("--set", setting));
    }
    args.addAll(List.of("--set", "device=cpu"));
    args.addAll(List.of("--config", config().toString()));
    PrintWriter print = new PrintWriter(out, true);
    return Main.execute(print, print, args.toArray(String[]::new));
  }

  private Path config() throws IOException {
    return Files.write(
        folder.resolve("job.properties"),
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.label=class",
            "events.classes=ok,fraud",
            "events.features=amount",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "metrics.port=0"));
  }

  private void send(@Nullable String... values) {
    sendTo(0, values);
  }

  private void sendTo(int partition, @Nullable String... values) {
    try (KafkaProducer<byte[], byte[]> producer = SharedBroker.producer(Map.of())) {
      for (String value : values) {
        var unused = producer.send(record(partition, value));
      }
    }
  }

  /** Leaves so many records and a marker on partition 0, none of which is ever read. */
  private void abort(int records) {
    try (KafkaProducer<byte[], byte[]> producer =
        SharedBroker.producer(Map.of("transactional.id", events))) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = 0; i < records; i++) {
        var unused = producer.send(record(0, "{}"));
      }
      producer.flush();
      producer.abortTransaction();
    }
  }

  private ProducerRecord<byte[], byte[]> record(int partition, @Nullable String value) {
    return new ProducerRecord<>(
        events,
        partition,
        "key".getBytes(StandardCharsets.UTF_8),
        value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }
}
