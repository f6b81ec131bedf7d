package dev.counterweight.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Exit;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.BrokerlessCounter;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.ReceivedRecord;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.sampler.BrokerlessSampler;
import dev.counterweight.trainer.BrokerlessTrainer;
import dev.counterweight.weights.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A job of one partition that was run without a broker: events good and bad, at offsets with gaps,
 * counted, sampled and trained on by the roles' own code, and scored by hand. Not thread-safe.
 */
final class SmallJob {
  private static final int EVENTS = 400;
  private static final int CHECKPOINT_RECORDS = 20;
  private static final long START_MS = 900_000_000_000L;

  final History history = new History();
  private final JobConfig config;
  private final Path folder;
  private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
  private final List<Letter> letters = new ArrayList<>();
  private final List<Announcement> announcements = new ArrayList<>();
  private final List<Batch> batches = new ArrayList<>();
  private @Nullable TrainerReport report;

  SmallJob(Path folder) {
    this.folder = folder;
    this.config = JobConfigLoader.load(settings(folder));
    send();
  }

  private static Map<String, String> settings(Path folder) {
    Map<String, String> all = new HashMap<>();
    all.put("job", "small");
    all.put("bootstrap.servers", "unused:1");
    all.put("events.topic", "events");
    all.put("events.label", "class");
    all.put("events.classes", "ok,fraud");
    all.put("events.features", "x,y");
    all.put("weights.update.events", "50");
    all.put("sampler.draws.per.event", "2");
    all.put("sampler.record.draws", "32");
    all.put("evaluation.share", "0.3");
    all.put("model", "linear");
    all.put("batch.size", "8");
    all.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    all.put("scores.events.topic", "events");
    return all;
  }

  /** One event in eight is a fraud, one in ten is no good; a gap follows each tenth. */
  private void send() {
    Random random = new Random(3);
    long offset = 0;
    for (int i = 0; i < EVENTS; i++) {
      int label = random.nextInt(8) == 0 ? 1 : 0;
      Kind kind = i % 10 == 9 ? Kind.values()[(i / 10) % Kind.values().length] : Kind.GOOD;
      String x =
          kind == Kind.BAD_FEATURE ? "\"?\"" : Double.toString(random.nextGaussian() + label);
      String name = kind == Kind.BAD_LABEL ? "maybe" : label == 1 ? "fraud" : "ok";
      String value =
          switch (kind) {
            case TOMBSTONE -> null;
            case BROKEN -> "{";
            default -> "{\"x\":%s,\"y\":%d,\"class\":\"%s\"}".formatted(x, i % 7, name);
          };
      long timeMs = START_MS + i;
      history.event(
          new Event(new Place(0, offset), null, kind.counted() ? label : -1, timeMs, kind));
      log.add(record(offset, timeMs, value));
      offset += i % 10 == 9 ? 3 : 1;
    }
    history.aborted(2L * EVENTS / 10);
  }

  private static ConsumerRecord<byte[], byte[]> record(
      long offset, long timeMs, @Nullable String value) {
    byte[] bytes = value == null ? null : value.getBytes(UTF_8);
    return ReceivedRecord.of(new TopicPartition("events", 0), offset, timeMs, bytes);
  }

  /** Runs it. */
  Observed run() throws IOException {
    long end = log.get(log.size() - 1).offset() + 1;
    List<Snapshot> snapshots;
    try (BrokerlessCounter counter =
        new BrokerlessCounter(config, end, folder.resolve("streams"))) {
      snapshots = counter.count(log);
    }
    try (BrokerlessSampler sampler =
            new BrokerlessSampler(config, snapshots.get(0), 1, WriterSchemas.NONE, this::refused);
        BrokerlessTrainer trainer = new BrokerlessTrainer(config)) {
      int at = 0;
      for (Snapshot snapshot : snapshots) {
        if (snapshot != snapshots.get(0)) {
          sampler.follow(snapshot);
        }
        long covered = Objects.requireNonNull(snapshot.offsets().covered().get(0));
        for (; at < log.size() && log.get(at).offset() < covered; at++) {
          train(trainer, sampler.use(log.subList(at, at + 1)));
        }
      }
      train(trainer, sampler.finish());
      save(trainer);
      report = TrainerReport.read(trainer.report(nextBatch()));
    }
    return observed(snapshots, end);
  }

  private Observed observed(List<Snapshot> snapshots, long end) {
    Set<Place> places = history.events().stream().map(Event::place).collect(Collectors.toSet());
    return new Observed(
        config,
        Observed.Scope.of(config, true),
        places,
        new TreeMap<>(Map.of(0, end)),
        List.of(),
        snapshots,
        batches,
        announcements,
        scores(),
        letters,
        List.of(Objects.requireNonNull(report)),
        List.of(
            new Exit("counter", 137, true, ""),
            new Exit("trainer", 0, false, "done"),
            new Exit("trainer", 143, false, ""),
            new Exit("sampler", 1, false, "error: the broker is away")));
  }

  private void refused(ProducerRecord<byte[], byte[]> record) {
    if (record.topic().equals(config.topics().deadLetters())) {
      letters.add(
          TopicsReader.letter(
              ReceivedRecord.of(
                  new TopicPartition(record.topic(), 0),
                  letters.size(),
                  0,
                  record.key(),
                  record.value(),
                  record.headers())));
    }
  }

  /** Each record in a transaction of its own, whose marker takes an offset. */
  private void train(BrokerlessTrainer trainer, List<MiniBatch> records) throws IOException {
    for (MiniBatch record : records) {
      batches.add(new Batch(nextBatch(), record));
      trainer.train(record);
      if (batches.size() % CHECKPOINT_RECORDS == 0) {
        save(trainer);
      }
    }
  }

  private long nextBatch() {
    return 2L * batches.size();
  }

  private void save(BrokerlessTrainer trainer) throws IOException {
    List<Announcement.Ref> before =
        announcements.isEmpty() ? List.of() : announcements.get(announcements.size() - 1).all();
    String parent = before.isEmpty() ? null : before.get(0).name();
    StoredCheckpoint stored = trainer.save(folder.resolve("checkpoints"), nextBatch(), parent);
    announcements.add(Announcement.of(stored, before, 0));
  }

  /** By the checkpoint of the moment, whatever it may be; what has none is refused. */
  private List<Score> scores() {
    List<Score> all = new ArrayList<>();
    for (Event event : history.events()) {
      Place at = event.place();
      int nth = (int) (at.offset() * announcements.size() / (log.get(log.size() - 1).offset() + 1));
      Announcement by = announcements.get(nth);
      if (event.kind().scored()) {
        all.add(
            new Score(
                0,
                new ServedScore(
                    Map.of("ok", 0.75, "fraud", 0.25),
                    "ok",
                    null,
                    by.step(),
                    by.checkpoint().sha256(),
                    "schema",
                    new ServedScore.Place(at.partition(), at.offset()),
                    List.of())));
      } else if (event.kind() != Kind.TOMBSTONE) {
        letters.add(new Letter("events", at, true, "malformed", 0));
      }
    }
    return all;
  }
}
