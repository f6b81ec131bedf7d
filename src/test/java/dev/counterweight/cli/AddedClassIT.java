package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.Span;
import dev.counterweight.scoring.Scorer;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A class that is added at the end of a job that has begun, as users do it. */
@Timeout(300)
class AddedClassIT {
  private static final List<String> CLASSES = List.of("a", "b", "c", "late");
  private static final String GROWN = "events.classes=a,b,c,late";
  private static final int PARTITIONS = 2;

  private final String job = SharedBroker.uniqueName("added");
  private final String topic = job + "-events";
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  /** In place of a class: the end of the replay's transaction. */
  private static final int MARKER = -1;

  /** Classes of the events sent, by partition, in their order. */
  private final Map<Integer, List<Integer>> sent = new TreeMap<>(Map.of(0, list(), 1, list()));

  @TempDir Path folder;

  @BeforeEach
  void configure() throws IOException {
    Files.write(
        folder.resolve("job.properties"),
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + topic,
            "events.label=class",
            "events.classes=a,b,c",
            "events.features=f,g",
            "evaluation.share=1",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "checkpoint.every.steps=20",
            "learning.rate=0.01",
            "metrics.port=0"));
    SharedBroker.createTopic(topic, PARTITIONS);
  }

  @AfterEach
  void everyEventIsCoveredOnceAndCountedAsARecountSays() {
    Snapshot newest = snapshots().get(snapshots().size() - 1);
    Map<Integer, Long> next = new HashMap<>();
    BatchLogAudit.of(job)
        .spans()
        .forEach(
            (partition, spans) -> {
              for (Span span : spans) {
                assertThat(span.from()).isEqualTo(next.getOrDefault(partition, 0L));
                next.put(partition, span.to());
              }
            });
    sent.forEach(
        (partition, labels) ->
            assertThat(next.getOrDefault(partition, 0L)).isEqualTo(labels.size()));
    assertThat(newest.counts().events()).isEqualTo(recount(newest.offsets()));
    assertEvaluatedOnce(newest.offsets());
  }

  @Test
  void killedInTheMiddleAJobGoesOnWithAClassMoreAndLosesAndDoublesNothing() throws Exception {
    send(400, 0);
    try (ChildJvm roles = start()) {
      await().atMost(Duration.ofSeconds(90)).ignoreExceptions().until(() -> covered() >= 300);
      send(400, 8);
      await().atMost(Duration.ofSeconds(30)).until(() -> covered() >= 500);
      send(200, 8);
      roles.kill();
    }
    send(300, 8);

    for (String role : List.of("counter", "sampler", "trainer")) {
      toTheEnd(role);
    }
    learnsWhatCameAfter();
  }

  /** That in which each meets what the one before it wrote, and that in which none does. */
  @ParameterizedTest
  @ValueSource(strings = {"counter,sampler,trainer", "trainer,sampler,counter"})
  void rolesAreRestartedInAnyOrder(String order) {
    send(200, 8);
    for (String role : List.of("counter", "sampler", "trainer")) {
      success(run(role));
    }
    List<String> restarted = new ArrayList<>();
    int refusals = 0;
    for (String next : order.split(",")) {
      restarted.add(next);
      send(100, 8);
      for (String role : List.of("counter", "sampler", "trainer")) {
        List<String> grown = restarted.contains(role) ? List.of("--set", GROWN) : List.of();
        Outcome outcome = run(role, grown.toArray(new String[0]));
        if (outcome.code() != 0) {
          assertThat(restarted).doesNotContain(role);
          assertThat(outcome.text())
              .contains("a,b,c,late")
              .contains("classes were added at the end of events.classes")
              .contains("nothing is written");
          refusals++;
          break; // Those behind it would wait for it.
        }
      }
    }
    assertThat(refusals == 0).isEqualTo(order.equals("trainer,sampler,counter"));
    for (String role : List.of("counter", "sampler", "trainer")) {
      toTheEnd(role);
    }
    learnsWhatCameAfter();
  }

  /** What comes now is learnt, and what was refused before is learnt when it is replayed. */
  private void learnsWhatCameAfter() {
    send(600, 8);
    for (String role : List.of("counter", "sampler", "trainer")) {
      toTheEnd(role);
    }
    try (Scorer model = Scorer.load(folder.resolve("checkpoints"))) {
      assertThat(model.classes()).isEqualTo(CLASSES);
      assertThat(model.score(Map.of("f", 10, "g", 10)).decision()).isEqualTo("late");
      assertThat(model.score(Map.of("f", 0, "g", 0)).decision()).isEqualTo("a");
    }
    long refused = letters();
    assertThat(refused).isEqualTo(unknown(snapshots().get(snapshots().size() - 1).offsets()));

    Outcome replayed = main("dead-letters", "replay", "--set", GROWN);
    success(replayed);
    replayed(refused);
    for (String role : List.of("counter", "sampler", "trainer")) {
      toTheEnd(role);
    }
    assertThat(letters()).as("none of them is refused again").isEqualTo(refused);
    long[] counts = snapshots().get(snapshots().size() - 1).counts().events();
    assertThat(counts[3]).as("each is counted by now").isEqualTo(of(3) - refused);
    success(main("check", "--set", GROWN));
    assertThat(main("check").text())
        .contains("WRONG the newest checkpoint of job '%s'".formatted(job))
        .contains("WRONG the newest record of topic '%s.batches'".formatted(job))
        .contains("classes were added at the end of events.classes");
  }

  private void toTheEnd(String role) {
    success(run(role, "--set", GROWN));
  }

  private Outcome run(String role, String... more) {
    List<String> args = new ArrayList<>(List.of("run", "--role", role, "--stop-at-end"));
    args.addAll(List.of(more));
    return main(args.toArray(new String[0]));
  }

  private Outcome main(String... command) {
    List<String> args = new ArrayList<>(List.of(command));
    int at = command[0].equals("dead-letters") ? 2 : 1;
    args.addAll(at, List.of("--config", folder.resolve("job.properties").toString()));
    return Outcome.of(args);
  }

  private static void success(Outcome outcome) {
    assertThat(outcome.code()).as(outcome.text()).isZero();
  }

  private ChildJvm start() {
    return ChildJvm.start(
        folder.resolve("roles.log"),
        List.of("run", "--config", folder.resolve("job.properties").toString()));
  }

  /** Of each class; of the one added those alone that the counter passed when it knew it. */
  private long[] recount(Snapshot.Offsets offsets) {
    long[] events = new long[CLASSES.size()];
    sent.forEach(
        (partition, labels) -> {
          for (int offset = 0; offset < labels.size(); offset++) {
            int label = labels.get(offset);
            if (label != MARKER && offsets.counted(label, partition, offset)) {
              events[label]++;
            }
          }
        });
    return events;
  }

  private long unknown(Snapshot.Offsets offsets) {
    return of(3) - recount(offsets)[3];
  }

  /** Events sent of a class, those again that were replayed. */
  private long of(int label) {
    return sent.values().stream().flatMap(List::stream).filter(sent -> sent == label).count();
  }

  /** Each is scored once, as of its own class, before anything is learnt of it. */
  private void assertEvaluatedOnce(Snapshot.Offsets offsets) {
    Map<String, Long> evaluated = new HashMap<>();
    for (MiniBatch batch : WholeLog.read(clients, job + ".batches", MiniBatchFormat::read)) {
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        String event = slice.sourcePartition()[row] + "-" + slice.sourceOffset()[row];
        assertThat(evaluated.put(event, slice.labels()[row])).as(event).isNull();
      }
    }
    Map<String, Long> wanted = new HashMap<>();
    sent.forEach(
        (partition, labels) -> {
          for (int offset = 0; offset < labels.size(); offset++) {
            int label = labels.get(offset);
            if (label != MARKER && offsets.counted(label, partition, offset)) {
              wanted.put(partition + "-" + offset, (long) label);
            }
          }
        });
    assertThat(evaluated).isEqualTo(wanted);
  }

  private long covered() {
    List<Snapshot> all = snapshots();
    return all.get(all.size() - 1).offsets().covered().values().stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private List<Snapshot> snapshots() {
    return WholeLog.read(clients, job + ".class-weights", SnapshotJson::read);
  }

  private long letters() {
    return WholeLog.read(clients, job + ".dead-letters", letter -> letter).size();
  }

  /** One in so many is of the class that is added; none where {@code every} is 0. */
  private void send(int count, int every) {
    try (Producer<byte[], byte[]> producer = clients.producer("events", Map.of())) {
      for (int i = 0; i < count; i++) {
        int partition = i % PARTITIONS;
        List<Integer> labels = Objects.requireNonNull(sent.get(partition));
        int label = every > 0 && i / PARTITIONS % every == 0 ? 3 : (i / PARTITIONS) % 3;
        labels.add(label);
        String value =
            "{\"f\":%d,\"g\":%d,\"class\":\"%s\"}"
                .formatted(label % 2 * 10, label / 2 * 10, CLASSES.get(label));
        producer.send(
            new ProducerRecord<>(topic, partition, null, value.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  /** So many letters, each in the partition that its event was in. */
  private void replayed(long letters) {
    long[] ends = {0, 0};
    try (var consumer = clients.consumer("ends", Map.of())) {
      for (int p = 0; p < PARTITIONS; p++) {
        var partition = new org.apache.kafka.common.TopicPartition(topic, p);
        ends[p] = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      }
    }
    long before = sent.values().stream().mapToLong(List::size).sum();
    assertThat(Arrays.stream(ends).sum()).isEqualTo(before + letters + PARTITIONS);
    sent.forEach(
        (partition, labels) -> {
          while (labels.size() + 1 < ends[partition]) {
            labels.add(3);
          }
          labels.add(MARKER);
        });
  }

  private static List<Integer> list() {
    return new ArrayList<>();
  }
}
