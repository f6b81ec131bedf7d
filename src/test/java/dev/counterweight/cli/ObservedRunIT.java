package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.campaign.History;
import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.History.Label;
import dev.counterweight.campaign.Invariants;
import dev.counterweight.campaign.Observed;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Observed.Scope;
import dev.counterweight.campaign.Place;
import dev.counterweight.campaign.Violation;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.joiner.JoinStream;
import dev.counterweight.kafka.KafkaClients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * All roles in one process on what their topics may bring, broken and aborted records too: judged
 * from outside, everything holds.
 */
@Timeout(240)
@SuppressWarnings("NullAway.Init") // set before each
class ObservedRunIT {
  private static final int EVENTS = 1_200;
  private static final int PARTITIONS = 3;
  private static final long WAIT_MS = 600_000;
  private static final long CORRECT_MS = 300_000;
  private static final List<String> CLASSES = List.of("ok", "fraud");
  private static final Set<Part> UP_TO_SCORES =
      Set.of(Part.JOINER, Part.COUNTER, Part.SAMPLER, Part.SCORER);

  private record Sent(Future<RecordMetadata> at) {
    Place place() throws Exception {
      return new Place(at.get().partition(), at.get().offset());
    }
  }

  @TempDir Path folder;
  private final History history = new History();
  private JobConfig config;
  private KafkaClients clients;

  @BeforeEach
  void create() {
    String job = SharedBroker.uniqueName("observed");
    SharedBroker.createTopic(job + "-events", PARTITIONS);
    SharedBroker.createTopic(job + "-labels", PARTITIONS);
    config = JobConfigLoader.load(settings(job));
    clients = new KafkaClients(config.kafka());
  }

  @Test
  void ofARunOfAllRolesEverythingHolds() throws Exception {
    publish();
    List<String> lines = new ArrayList<>();
    settings(config.job()).forEach((key, value) -> lines.add(key + "=" + value));
    Path file = Files.write(folder.resolve("job.properties"), lines);

    try (ChildJvm run =
        ChildJvm.start(folder.resolve("all.log"), List.of("run", "--config", file.toString()))) {
      await("all is joined, counted, sampled, scored and trained on")
          .atMost(Duration.ofSeconds(150))
          .pollInterval(Duration.ofSeconds(1))
          .failFast(() -> assertThat(run.running()).as(run.output()).isTrue())
          .untilAsserted(this::assertWorkedOff);
      run.terminate();
      assertThat(run.await(60)).as(run.output()).isZero();
    }

    Observed all = Observed.read(clients, config, Scope.of(config, true));
    assertThat(Invariants.check(history, all)).isEmpty();
    assertThat(all.joined()).anyMatch(joined -> joined.replaces() >= 0);
    assertThat(all.letters()).hasSizeGreaterThan(EVENTS / 50);
    assertThat(history.aborted()).isPositive();
  }

  private void assertWorkedOff() {
    Observed now = Observed.read(clients, config, new Scope(UP_TO_SCORES, true));
    List<Violation> missing = Invariants.check(history, now);
    assertThat(missing).isEmpty();
    long last = now.batches().get(now.batches().size() - 1).offset();
    assertThat(now.reports()).anyMatch(report -> report.position().batchOffset() > last);
  }

  /** Both topics, whole, from some hours ago: what a wait brings is known then. */
  private void publish() throws Exception {
    JoinStream.Rules rules =
        new JoinStream.Rules(
            WAIT_MS, 4_000, CORRECT_MS, 0, JoinStream.Conflict.FIRST, CLASSES.size());
    long startMs = System.currentTimeMillis() - Duration.ofHours(5).toMillis();
    JoinStream stream = JoinStream.of(rules, EVENTS, startMs, 1_000, 5);
    try (Producer<byte[], byte[]> producer = clients.transactionalProducer("sender", Map.of())) {
      producer.initTransactions();
      publishEvents(producer, stream.events());
      publishLabels(producer, stream.labels());
    }
  }

  private void publishEvents(Producer<byte[], byte[]> producer, List<JoinStream.Event> all)
      throws Exception {
    Kind[] bad = {Kind.BROKEN, Kind.BAD_FEATURE, Kind.TOMBSTONE};
    List<Sent> sent = new ArrayList<>();
    for (int from = 0; from < all.size(); from += 100) {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int i = from; i < Math.min(all.size(), from + 100); i++) {
        JoinStream.Event event = all.get(i);
        Kind kind = kind(i, bad);
        String value =
            switch (kind) {
              case TOMBSTONE -> null;
              case BROKEN -> "{\"x\":";
              case BAD_FEATURE -> "{\"x\":\"none\"}";
              default -> "{\"x\":%d.5}".formatted(i % 11);
            };
        records.add(record(config.sources().get(0).topic(), event.key(), event.timeMs(), value));
      }
      sent.addAll(send(producer, records, from % 400 == 300));
    }
    for (int i = 0; i < sent.size(); i++) {
      JoinStream.Event event = all.get(i);
      history.event(
          new Event(sent.get(i).place(), "k" + event.key(), -1, event.timeMs(), kind(i, bad)));
    }
  }

  private static Kind kind(int event, Kind[] bad) {
    return event % 20 == 7 ? bad[event / 20 % bad.length] : Kind.GOOD;
  }

  private void publishLabels(Producer<byte[], byte[]> producer, List<JoinStream.Label> all)
      throws Exception {
    List<Sent> sent = new ArrayList<>();
    for (int from = 0; from < all.size(); from += 100) {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int i = from; i < Math.min(all.size(), from + 100); i++) {
        JoinStream.Label label = all.get(i);
        String value =
            "{\"outcome\":\"%s\"}"
                .formatted(label(i, label) < 0 ? "?" : CLASSES.get(label.label()));
        records.add(record(config.sources().get(1).topic(), label.key(), label.timeMs(), value));
      }
      sent.addAll(send(producer, records, from % 500 == 200));
    }
    for (int i = 0; i < sent.size(); i++) {
      JoinStream.Label label = all.get(i);
      history.label(
          new Label(sent.get(i).place(), "k" + label.key(), label(i, label), label.timeMs()));
    }
  }

  private static int label(int at, JoinStream.Label label) {
    return at % 90 == 80 ? -1 : label.label();
  }

  /** In one transaction, after one of the same records that is aborted if that is asked for. */
  private List<Sent> send(
      Producer<byte[], byte[]> producer,
      List<ProducerRecord<byte[], byte[]>> records,
      boolean abortsFirst) {
    if (abortsFirst) {
      producer.beginTransaction();
      records.forEach(producer::send);
      producer.flush();
      producer.abortTransaction();
      history.aborted(records.size());
    }
    producer.beginTransaction();
    List<Sent> sent = new ArrayList<>();
    records.forEach(record -> sent.add(new Sent(producer.send(record))));
    producer.commitTransaction();
    return sent;
  }

  private static ProducerRecord<byte[], byte[]> record(
      String topic, int key, long timeMs, @Nullable String value) {
    byte[] bytes = value == null ? null : value.getBytes(UTF_8);
    return new ProducerRecord<>(topic, null, timeMs, ("k" + key).getBytes(UTF_8), bytes);
  }

  private Map<String, String> settings(String job) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", SharedBroker.bootstrapServers());
    all.put("events.topic", job + "-events");
    all.put("events.features", "x");
    all.put("events.classes", String.join(",", CLASSES));
    all.put("labels.topic", job + "-labels");
    all.put("labels.label", "outcome");
    all.put("labels.wait", WAIT_MS + "ms");
    all.put("labels.grace", "4s");
    all.put("labels.correct.for", CORRECT_MS + "ms");
    all.put("labels.missing", "ok");
    all.put("labels.state.dir", folder.resolve("state").toString());
    all.put("scores.events.topic", job + "-events");
    all.put("sampler.draws.per.event", "2");
    all.put("model", "linear");
    all.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    all.put("checkpoint.interval", "1s");
    all.put("metrics.port", "0");
    return all;
  }
}
