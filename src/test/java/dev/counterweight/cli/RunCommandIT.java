package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.Span;
import dev.counterweight.tensor.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Roles as processes of their own against a broker in another process, on real data. */
@Timeout(300)
class RunCommandIT {
  private static final List<String> ROLES = List.of("counter", "sampler", "trainer");
  private static final List<String> CLASSES =
      List.of("Rad.Flow", "High", "Bypass", "Fpv.Open", "Fpv.Close", "Bpv.Close", "Bpv.Open");
  private static final int BATCH = 32;

  @TempDir Path folder;
  private String job = "";

  @BeforeEach
  void nameTheJob() {
    job = SharedBroker.uniqueName("job");
  }

  @Test
  void oneProcessCountsEveryEventAndTrainsOnTheDraws() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(12_000, 3);
    Path config = configure(sent);

    try (ChildJvm run = role(config, "all")) {
      assertThat(run.await(120)).as(run.output()).isZero();
    }

    JsonNode summary = summary("all");
    assertThat(counts(summary)).isEqualTo(sent.counts());
    assertThat(summary.get("events").asLong()).isEqualTo(sent.events());
    assertThat(summary.get("dead_letters").asLong()).isZero();
    BatchLogAudit audit = BatchLogAudit.of(job);
    assertThat(summary.get("draws").asLong()).isEqualTo(audit.draws());
    assertThat((double) audit.draws() / sent.events()).isBetween(3.5, 4.2);
    assertThat(summary.get("steps").asLong()).isEqualTo(audit.draws() / BATCH);
    assertThat(summary.get("events_per_second").asDouble()).isPositive();
    assertThat(summary.at("/metrics/balanced_accuracy").asDouble()).isGreaterThan(1 / 7.0);
    Path checkpoint = Path.of(summary.get("checkpoint").asText());
    assertModelIsReadable(checkpoint);
    assertReportTellsTheSame(config, summary);
    assertInspectTellsWholeFromDamaged(checkpoint);
  }

  /** What {@code report} prints and writes is what the run came to. */
  private void assertReportTellsTheSame(Path config, JsonNode summary) throws IOException {
    Path file = folder.resolve("report.html");
    String told =
        Outcome.of("report", "--config", config.toString(), "--output", file.toString())
            .succeeded();
    Map<String, Object> run =
        new ObjectMapper().convertValue(summary, new TypeReference<Map<String, Object>>() {});
    assertThat(told).isEqualTo(RunTable.of(run) + "Report: " + file + "\n");
    assertThat(Files.readString(file))
        .contains("<h1>Job " + job + "</h1>", "<dt>Events counted</dt><dd>12,000</dd>")
        .contains("<dd>" + summary.get("checkpoint").asText() + "</dd>")
        .contains("<dt>checkpoint.every.steps</dt><dd>200</dd>")
        .contains(
            String.format(Locale.ROOT, "<b>%.3f</b>", summary.at("/metrics/gmean").asDouble()));
  }

  @Test
  void aJobThatHasNotRunHasNoReport() throws Exception {
    Path config = configure(ShuttleEvents.send(1, 1));
    String[] args = {"report", "--config", config.toString()};
    Outcome without = Outcome.of(args);
    assertThat(without.code()).isEqualTo(1);
    assertThat(without.text())
        .contains("error: topic '" + job + ".class-weights' does not exist on ", "no counter of");
    SharedBroker.createTopic(job + ".class-weights", 1);
    SharedBroker.createTopic(job + ".metrics", 1);
    Outcome empty = Outcome.of(args);
    assertThat(empty.code()).isEqualTo(1);
    assertThat(empty.text())
        .contains("error: topic '" + job + ".metrics' has no report of a trainer yet");
  }

  @Test
  void threeProcessesDoTheSame() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(12_000, 3);
    Path config = configure(sent);

    try (ChildJvm trainer = role(config, "trainer");
        ChildJvm sampler = role(config, "sampler");
        ChildJvm counter = role(config, "counter")) {
      assertThat(counter.await(120)).as(counter.output()).isZero();
      assertThat(sampler.await(60)).as(sampler.output()).isZero();
      assertThat(trainer.await(60)).as(trainer.output()).isZero();
    }

    assertThat(counts(summary("counter"))).isEqualTo(sent.counts());
    assertThat(summary("counter").has("draws")).isFalse();
    assertThat(summary("trainer").get("steps").asLong())
        .isEqualTo(BatchLogAudit.of(job).draws() / BATCH);
    assertEverythingUsedOnce(sent);
  }

  @Test
  void aTopicThatIsStillWrittenEndsWhereItDidAtTheStart() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(3_000, 3);
    Path config = configure(sent);

    try (LiveWriter writer = new LiveWriter(sent.topic(), 3);
        ChildJvm run = role(config, "all")) {
      assertThat(run.await(120)).as(run.output()).isZero();
      assertThat(writer.sent()).isPositive();
    }

    JsonNode summary = summary("all");
    assertThat(summary.get("events").asLong()).isGreaterThanOrEqualTo(sent.events());
    assertThat(summary.get("checkpoint").asText()).isNotBlank();
    assertThat(summary.get("steps").asLong())
        .isEqualTo(summary.get("draws").asLong() / BATCH)
        .isPositive();
  }

  /** Goes on writing events, one every few milliseconds, in a thread of its own. */
  private static final class LiveWriter implements AutoCloseable {
    private static final byte[] EVENT = "50,21,77,0,28,0,27,48,22,Fpv.Open".getBytes(UTF_8);
    private final AtomicLong sent = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Thread thread;

    LiveWriter(String topic, int partitions) {
      thread = new Thread(() -> write(topic, partitions), "live-writer");
      thread.start();
    }

    private void write(String topic, int partitions) {
      KafkaClients clients =
          new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
      try (Producer<byte[], byte[]> producer = clients.producer("live", Map.of())) {
        while (!stopped.get()) {
          int partition = (int) (sent.getAndIncrement() % partitions);
          producer.send(new ProducerRecord<>(topic, partition, null, EVENT));
          LockSupport.parkNanos(2_000_000);
        }
      }
    }

    long sent() {
      return sent.get();
    }

    @Override
    public void close() throws InterruptedException {
      stopped.set(true);
      thread.join();
    }
  }

  @Test
  void killedRolesLoseNothingAndUseNothingTwice() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(40_000, 3);
    Path config = configure(sent);

    try (ChildJvm counter = role(config, "counter");
        ChildJvm sampler = role(config, "sampler");
        ChildJvm trainer = role(config, "trainer")) {
      killOnceBeyond(counter, job + ".class-weights", 8);
      // What a counter killed early had not counted yet, the others would wait for in vain.
      try (ChildJvm again = role(config, "counter")) {
        killOnceBeyond(sampler, job + ".batches", 700);
        killOnceBeyond(trainer, job + ".checkpoints", 2);
        assertThat(again.await(120)).as(again.output()).isZero();
      }
    }
    try (ChildJvm trainer = role(config, "trainer");
        ChildJvm sampler = role(config, "sampler");
        ChildJvm counter = role(config, "counter")) {
      assertThat(counter.await(120)).as(counter.output()).isZero();
      assertThat(sampler.await(90)).as(sampler.output()).isZero();
      assertThat(trainer.await(90)).as(trainer.output()).isZero();
    }

    assertEverythingUsedOnce(sent);
    assertThat(counts(summary("counter"))).isEqualTo(sent.counts());
    JsonNode trained = summary("trainer");
    assertThat(trained.get("steps").asLong()).isEqualTo(BatchLogAudit.of(job).draws() / BATCH);
    assertThat(Files.readString(folder.resolve("trainer.log"))).contains("resum");
  }

  @Test
  void sigtermDrainsAndExitsZero() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(2_000, 1);
    Path config = configure(sent);

    try (ChildJvm run =
        ChildJvm.start(
            folder.resolve("all.log"),
            List.of(
                "run",
                "--config",
                config.toString(),
                "--summary",
                summaryFile("all").toString()))) {
      awaitStep(run);
      run.terminate();
      assertThat(run.await(60)).as(run.output()).isZero();
    }

    assertThat(summary("all").get("checkpoint").asText()).isNotBlank();
    assertThat(summary("all").get("steps").asLong()).isPositive();
  }

  @Test
  void aDrainThatFailsIsSaidAndExitsWithOne() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(20_000, 1); // more to be written once it drains
    Path config = configure(sent);
    Path log = folder.resolve("all.log");

    try (ChildJvm run = ChildJvm.start(log, List.of("run", "--config", config.toString()))) {
      awaitStep(run);
      makeUnwritable(folder.resolve("checkpoints"));
      run.terminate();
      assertThat(run.await(60)).as(run.output()).isEqualTo(1);
    }

    assertThat(Files.readString(log)).contains("error: the last checkpoint could not be written");
  }

  /** By what not even the superuser can write to: a file in the folder's place. */
  private static void makeUnwritable(Path checkpoints) throws Exception {
    Files.move(checkpoints, checkpoints.resolveSibling("moved"));
    Files.createFile(checkpoints);
  }

  private void assertEverythingUsedOnce(ShuttleEvents sent) {
    BatchLogAudit audit = BatchLogAudit.of(job);
    long covered = 0;
    for (List<Span> spans : audit.spans().values()) {
      long next = 0;
      for (Span span : spans) {
        assertThat(span.from()).as("spans are contiguous").isEqualTo(next);
        next = span.to();
      }
      covered += next;
    }
    assertThat(covered).isEqualTo(sent.events());
    assertThat(audit.freshDraws().values()).as("fresh at most once").containsOnly(1);
    Map<Integer, Integer> fresh = audit.freshDrawsByClass();
    int sure = 0;
    for (int c = 0; c < CLASSES.size(); c++) {
      // Half of the uses are made on arrival: from two on, every event is drawn for sure.
      if (audit.leastUses(c) >= 2) {
        sure++;
        assertThat((long) fresh.getOrDefault(c, 0))
            .as("fresh exactly once: " + CLASSES.get(c))
            .isEqualTo(sent.counts().getOrDefault(CLASSES.get(c), 0L));
      }
    }
    assertThat(sure).as("classes with uses on arrival of at least one").isPositive();
  }

  private static void assertModelIsReadable(Path checkpoint) throws IOException {
    SafeTensors model =
        SafeTensors.parse(Files.readAllBytes(checkpoint.resolve("model.safetensors")));
    assertThat(model.tensor("rate.0.0.weight").shape()).containsExactly(64L, 18L);
    assertThat(model.tensor("rate.0.0.bias").shape()).containsExactly(64L);
    assertThat(model.tensor("rate.0.2.weight").shape()).containsExactly(32L, 64L);
    assertThat(model.tensor("rate.0.4.weight").shape()).containsExactly(7L, 32L);
    assertThat(model.tensor("normalizer.mean").shape()).containsExactly(9L);
    assertThat(model.tensor("normalizer.quantiles").shape()).containsExactly(9L, 65L);
  }

  private static void assertInspectTellsWholeFromDamaged(Path checkpoint) throws IOException {
    assertThat(Outcome.of("inspect", checkpoint.toString()).succeeded())
        .contains("model.safetensors", "hash holds", "class Bpv.Open");
    Path model = checkpoint.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length - 1] ^= 1;
    Files.write(model, bytes);
    Outcome damaged = Outcome.of("inspect", checkpoint.toString());
    assertThat(damaged.code()).isEqualTo(1);
    assertThat(damaged.text()).contains("DAMAGED: ");
  }

  private void killOnceBeyond(ChildJvm role, String topic, long offset) throws Exception {
    awaitEnd(role, topic, offset);
    assertThat(role.running()).as(role.output()).isTrue();
    role.kill();
  }

  /** Without any step there is nothing to save. */
  private void awaitStep(ChildJvm role) {
    awaitEnd(role, job + ".metrics", 0);
    TopicPartition reports = new TopicPartition(job + ".metrics", 0);
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (Consumer<byte[], byte[]> consumer = clients.consumer("watch", Map.of())) {
      consumer.assign(List.of(reports));
      consumer.seekToBeginning(List.of(reports));
      await()
          .atMost(Duration.ofSeconds(90))
          .failFast(() -> assertThat(role.running()).as(role.output()).isTrue())
          .until(
              () -> {
                boolean stepped = false;
                for (ConsumerRecord<byte[], byte[]> report :
                    consumer.poll(Duration.ofMillis(200))) {
                  stepped |= new ObjectMapper().readTree(report.value()).path("step").asLong() > 0;
                }
                return stepped;
              });
    }
  }

  private void awaitEnd(ChildJvm role, String topic, long offset) {
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (Consumer<byte[], byte[]> consumer = clients.consumer("watch", Map.of())) {
      await()
          .atMost(Duration.ofSeconds(90))
          .pollInterval(Duration.ofMillis(20))
          .failFast(() -> assertThat(role.running()).as(role.output()).isTrue())
          .until(
              () ->
                  !consumer.partitionsFor(topic).isEmpty()
                      && consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L)
                          > offset);
    }
  }

  private Path configure(ShuttleEvents sent) throws IOException {
    List<String> lines =
        new ArrayList<>(sent.properties(job, folder.resolve("checkpoints").toString()));
    lines.add("checkpoint.every.steps=200");
    return Files.write(folder.resolve("job.properties"), lines);
  }

  private ChildJvm role(Path config, String role) {
    return EndedRun.start(config, role, "--role", role);
  }

  private Path summaryFile(String role) {
    return folder.resolve(role + ".json");
  }

  private JsonNode summary(String role) throws IOException {
    return new ObjectMapper().readTree(summaryFile(role).toFile());
  }

  private static Map<String, Long> counts(JsonNode summary) {
    Map<String, Long> counts = new TreeMap<>();
    summary
        .get("counts")
        .properties()
        .forEach(
            e -> {
              if (e.getValue().asLong() > 0) {
                counts.put(e.getKey(), e.getValue().asLong());
              }
            });
    return counts;
  }
}
