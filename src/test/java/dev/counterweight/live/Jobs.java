package dev.counterweight.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.kafka.OpenTransactions.Held;
import dev.counterweight.live.TopicScan.Letters;
import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Looks at a job's topics, made up. */
final class Jobs {
  static final JobTopics TOPICS = new JobTopics("fraud", "payments");

  /** Of a job whose labels come later. */
  static final JobTopics JOINED = new JobTopics("fraud", "fraud.labelled", 1, 1);

  static final long NOON = 1_800_000_000_000L;

  private final Map<String, ConsumerRecord<byte[], byte[]>> newest = new HashMap<>();
  private final Map<String, Unseen> unseen = new HashMap<>();
  private final SortedMap<Integer, Long> ends = new TreeMap<>();
  private final Map<Integer, Long> sampled = new HashMap<>();
  private Letters letters = Letters.NONE;
  private Held held = Held.NOTHING;
  private final List<ConsumerRecord<byte[], byte[]>> labelled = new ArrayList<>();
  private long offset;

  /** Where the events topic's partition 0 ends. */
  Jobs end(long events) {
    ends.put(0, events);
    return this;
  }

  /** How far the sampler has committed. */
  Jobs sampled(long events) {
    sampled.put(0, events);
    return this;
  }

  /** A snapshot of these counts. */
  Jobs weights(long atMs, long... counts) {
    int k = counts.length;
    long total = java.util.Arrays.stream(counts).sum();
    double[] n = new double[k];
    double[] priors = new double[k];
    double[] weights = new double[k];
    for (int c = 0; c < k; c++) {
      n[c] = counts[c];
      priors[c] = total == 0 ? 0 : (double) counts[c] / total;
      weights[c] = 1.0 / (1 + counts[c]);
    }
    SortedMap<Integer, Long> covered = new TreeMap<>(Map.of(0, total));
    Snapshot snapshot =
        new Snapshot(
            "fraud",
            offset + 1,
            atMs,
            IntStream.range(0, k).mapToObj(c -> "c" + c).toList(),
            new ClassCounts(counts, n, n),
            priors,
            weights,
            new Snapshot.Formula("balanced", Map.of()),
            new Snapshot.Offsets(covered, new TreeMap<>(Map.of(0, 0L)), new TreeMap<>()),
            new StreamIdentity("cluster", "topic"),
            null);
    return put(TOPICS.classWeights(), atMs, SnapshotJson.write(snapshot));
  }

  /** A report of a trainer that came so far. */
  Jobs report(long atMs, long covered, long steps, String more) {
    String json =
        ("{\"job\":\"fraud\",\"time_ms\":%d,\"batch_offset\":1,\"events\":%d,\"step\":%d,"
                + "\"drawn_rows\":1,\"covered\":{\"0\":%d}%s}")
            .formatted(atMs, covered, steps, covered, more.isEmpty() ? "" : "," + more);
    return put(TOPICS.metrics(), atMs, json.getBytes(UTF_8));
  }

  Jobs checkpoint(long atMs, long step) {
    Announcement.Ref ref = new Announcement.Ref("step-" + step, "0".repeat(64));
    Announcement told =
        new Announcement(ref, step, 7, Map.of(), "/tmp/step-" + step, List.of(), new TreeMap<>());
    return put(TOPICS.checkpoints(), atMs, told.toJson());
  }

  Jobs deadLetters(long atMs, long count, String reason) {
    return deadLetters(atMs, count, reason, List.of());
  }

  Jobs deadLetters(long atMs, long count, String reason, List<LetterReasons.OfReason> reasons) {
    letters = new Letters(count, false, reasons);
    put(TOPICS.deadLetters(), atMs, new byte[] {1});
    Objects.requireNonNull(newest.get(TOPICS.deadLetters()))
        .headers()
        .add("cw.reason", reason.getBytes(UTF_8));
    return this;
  }

  /** A transaction that stands open at the end of partition 0. */
  Jobs held(long sinceMs, long offsets) {
    held = new Held(new TreeMap<>(Map.of(0, ends.getOrDefault(0, 0L))), offsets, sinceMs);
    return this;
  }

  /** An event that got a label so long after it, or another one than before. */
  Jobs labelled(long atMs, long waitedMs, boolean corrected) {
    put(JOINED.labelled(), atMs, new byte[] {1});
    ConsumerRecord<byte[], byte[]> record = Objects.requireNonNull(newest.get(JOINED.labelled()));
    record.headers().add(LabelledHeaders.WAITED_MS, Long.toString(waitedMs).getBytes(UTF_8));
    if (corrected) {
      record.headers().add(LabelledHeaders.REPLACES, "c0".getBytes(UTF_8));
    }
    labelled.add(record);
    return this;
  }

  /** What an event was answered, by the model of a step. */
  Jobs score(long atMs, long step) {
    ServedScore score =
        new ServedScore(Map.of("c0", 1.0), "c0", null, step, "0".repeat(64), "s", null, List.of());
    return put(TOPICS.scores(), atMs, score.toJson());
  }

  /** A letter of that reason, of an event whose error says this. */
  static ConsumerRecord<byte[], byte[]> letter(long atMs, String reason, String error) {
    ConsumerRecord<byte[], byte[]> letter =
        Objects.requireNonNull(
            new Jobs()
                .put(TOPICS.deadLetters(), atMs, new byte[] {1})
                .newest
                .get(TOPICS.deadLetters()));
    Map.of(
            "cw.error", error,
            "cw.reason", reason,
            "cw.topic", "payments",
            "cw.partition", "2",
            "cw.offset", "4711",
            "cw.timestamp", "1")
        .forEach((name, text) -> letter.headers().add(name, text.getBytes(UTF_8)));
    return letter;
  }

  Jobs unseen(String topic, Unseen why) {
    unseen.put(topic, why);
    return this;
  }

  /** A job to show that no cluster has. */
  static LivePage.Job shown() {
    return new LivePage.Job(config("fraud"), List.of());
  }

  /** That of a job on a cluster where nobody listens. */
  static JobConfig config(String job) {
    return JobConfigLoader.load(
        Map.of(
            "job", job,
            "bootstrap.servers", "127.0.0.1:1",
            "events.topic", "payments",
            "events.features", "x",
            "events.label", "label",
            "events.classes", "c0,c1",
            "checkpoint.dir", "unused"));
  }

  /** Starts offsets at that look's own: each look has records of its own. */
  static Jobs look(int number) {
    Jobs job = new Jobs();
    job.offset = 10L * number;
    return job;
  }

  Jobs put(String topic, long atMs, byte[] value) {
    newest.put(
        topic,
        new ConsumerRecord<>(
            topic,
            0,
            offset++,
            atMs,
            TimestampType.CREATE_TIME,
            -1,
            value.length,
            null,
            value,
            new RecordHeaders(),
            Optional.empty()));
    return this;
  }

  TopicScan scan() {
    SortedMap<Integer, Long> starts = new TreeMap<>();
    ends.keySet().forEach(partition -> starts.put(partition, 0L));
    return new TopicScan(
        Map.copyOf(newest),
        Optional.ofNullable(newest.get(TOPICS.metrics())).map(List::of).orElse(List.of()),
        List.copyOf(labelled),
        new TreeMap<>(ends),
        starts,
        held,
        new TreeMap<>(sampled),
        Map.copyOf(unseen),
        letters);
  }

  /** A clock that is moved by hand. */
  static final class Hand extends Clock {
    private long ms = NOON;

    void forward(long byMs) {
      ms += byMs;
    }

    @Override
    public long millis() {
      return ms;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(ms);
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }
  }

  /** The three roles, in these states, in that order. */
  static List<RoleView> roles(Role.Status... statuses) {
    List<String> names = List.of("counter", "sampler", "trainer");
    List<RoleView> roles = new ArrayList<>();
    for (int i = 0; i < statuses.length; i++) {
      roles.add(new Scripted(names.get(i), statuses[i]));
    }
    return roles;
  }

  /** A role that only says where it is. */
  record Scripted(String name, Role.Status status) implements RoleView {}

  /** A joiner that tells this of its labels. */
  record Joiner(Role.Status status, String labels) implements RoleView {
    @Override
    public String name() {
      return "joiner";
    }

    @Override
    public Map<String, Supplier<Optional<String>>> jsonPages() {
      return Map.of("/labels", () -> Optional.of(labels));
    }
  }

  /** A scorer that holds a checkpoint back, and is twelve events behind. */
  record Scorer(Role.Status status, long scored, long writtenMs) implements RoleView {
    @Override
    public String name() {
      return "scorer";
    }

    @Override
    public Map<String, Supplier<Optional<String>>> jsonPages() {
      String told =
          """
          {"scored":%d,"refused":0,"lag":12,"step":4200,"checkpoint":"step-4200","written_ms":%d,
          "held_back":{"checkpoint":"step-5000","worse":["log loss"]},"superseded_seconds":0}
          """
              .formatted(scored, writtenMs);
      return Map.of("/scoring", () -> Optional.of(told));
    }
  }

  /** A judge that tells this of what was served. */
  record Judge(Role.Status status, String served) implements RoleView {
    @Override
    public String name() {
      return "judge";
    }

    @Override
    public Map<String, Supplier<Optional<String>>> jsonPages() {
      return Map.of("/served", () -> Optional.of(served));
    }
  }
}
