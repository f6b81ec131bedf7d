package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.counter.BrokerlessCounter;
import dev.counterweight.sampler.BrokerlessSampler;
import dev.counterweight.trainer.BrokerlessTrainer;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Says by SHA-256 what jobs come to, byte by byte, so that a change of the code that shall change
 * nothing can be seen to change nothing: snapshots, batch log, predictions, reports and
 * checkpoints. Counter, sampler and trainer are the roles' own code, in one thread, and no broker
 * stands between. Snapshots and batch log are the same on every machine but for a half-life's; what
 * a model learnt is so on machines with the same instructions.
 */
final class Oracle {
  private static final int CHUNK = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ReplayedJob job;
  private final JobConfig config;
  private final Path folder;
  private final Map<String, String> digests = new LinkedHashMap<>();
  private Consumer<ProducerRecord<byte[], byte[]>> listener = record -> {};

  /**
   * @param folder for Kafka Streams' state and checkpoints
   */
  Oracle(ReplayedJob job, Path folder) {
    this.job = job;
    this.folder = folder;
    this.config = job.config(folder);
  }

  /**
   * Prints a line a digest: the job's name, of what, SHA-256.
   *
   * @param arguments nothing, or a TorchScript module from 6 features to 4 classes
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("oracle");
    try {
      Path module = arguments.length == 0 ? null : Path.of(arguments[0]);
      for (OracleJob job : OracleJob.all(folder, module)) {
        new Oracle(job, folder)
            .all()
            .forEach((of, digest) -> System.out.printf("%s %s %s%n", job.name(), of, digest));
      }
    } finally {
      delete(folder);
    }
  }

  /** {of what: digest}. */
  Map<String, String> all() throws IOException {
    List<MiniBatch> batches = batches();
    train("", batches, batches.size());
    train("resumed ", batches, batches.size() / 2);
    return digests;
  }

  /**
   * Counts and samples.
   *
   * @param listener hears of every record written, dead letters too
   */
  void sample(Consumer<ProducerRecord<byte[], byte[]>> listener) {
    this.listener = listener;
    batches();
  }

  /** {of what: digest}, of what no model has a part in. */
  Map<String, String> untrained() {
    batches();
    return digests;
  }

  /** Counts and samples. */
  private List<MiniBatch> batches() {
    List<Snapshot> snapshots = count();
    Map<String, Digest> written = new TreeMap<>();
    List<MiniBatch> batches = new ArrayList<>();
    try (BrokerlessSampler sampler =
        new BrokerlessSampler(
            config,
            spread(snapshots.get(0)),
            job.partitions(),
            job.schemas(),
            record -> add(written, record))) {
      int at = 0;
      for (Snapshot snapshot : snapshots) {
        if (snapshot != snapshots.get(0)) {
          sampler.follow(spread(snapshot));
        }
        int to = Math.toIntExact(Objects.requireNonNull(snapshot.offsets().covered().get(0)));
        for (; at < to; at = Math.min(to, at + CHUNK)) {
          for (int p = 0; p < job.partitions(); p++) {
            batches.addAll(sampler.use(events(at, Math.min(to, at + CHUNK), p)));
          }
        }
      }
      batches.addAll(sampler.finish());
    }
    written.forEach((topic, digest) -> digests.put(topic, digest.hex()));
    return batches;
  }

  private List<Snapshot> count() {
    int size = job.size();
    List<Snapshot> snapshots = new ArrayList<>();
    try (BrokerlessCounter counter = new BrokerlessCounter(config, size, folder, job.schemas())) {
      for (int at = 0; at < size; at += CHUNK) {
        snapshots.addAll(
            counter.count(
                IntStream.range(at, Math.min(size, at + CHUNK))
                    .mapToObj(row -> job.inOnePartition(config, row))
                    .toList()));
      }
    }
    Digest published = new Digest();
    snapshots.forEach(snapshot -> published.add(SnapshotJson.write(snapshot)));
    digests.put("snapshots", published.hex());
    return snapshots;
  }

  private List<ConsumerRecord<byte[], byte[]>> events(int from, int to, int partition) {
    return IntStream.range(from, to)
        .filter(row -> row % job.partitions() == partition)
        .mapToObj(row -> job.event(config, row))
        .toList();
  }

  /** The snapshot as if its events had been spread over the partitions. */
  private Snapshot spread(Snapshot snapshot) {
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(SnapshotJson.write(snapshot));
      for (String field : List.of("covered", "from", "end")) {
        ObjectNode offsets = (ObjectNode) json.path(field);
        if (offsets.has("0")) {
          long rows = offsets.path("0").asLong();
          for (int p = job.partitions() - 1; p >= 0; p--) {
            offsets.put(Integer.toString(p), (rows + job.partitions() - 1 - p) / job.partitions());
          }
        }
      }
      return SnapshotJson.read(JSON.writeValueAsBytes(json));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void add(Map<String, Digest> written, ProducerRecord<byte[], byte[]> record) {
    listener.accept(record);
    String topic = record.topic().substring(config.job().length() + 1);
    Digest digest = written.computeIfAbsent(topic, name -> new Digest());
    digest.add(Objects.toString(record.partition()).getBytes(UTF_8));
    digest.add(record.key());
    digest.add(record.value());
    record
        .headers()
        .forEach(
            header -> {
              digest.add(header.key().getBytes(UTF_8));
              digest.add(header.value());
            });
  }

  /** Trains on all records, from record {@code resumed} on by a trainer that goes on from there. */
  private void train(String how, List<MiniBatch> batches, int resumed) throws IOException {
    Path checkpoints = Files.createDirectories(folder.resolve(job.name() + how.strip()));
    Digest predictions = new Digest();
    StoredCheckpoint saved;
    try (BrokerlessTrainer trainer = new BrokerlessTrainer(config, predictions::add)) {
      batches.subList(0, resumed).forEach(trainer::train);
      saved = trainer.save(checkpoints);
      if (resumed == batches.size()) {
        tell(how, trainer, saved, predictions);
        return;
      }
    }
    try (BrokerlessTrainer trainer = new BrokerlessTrainer(config, predictions::add)) {
      trainer.resume(checkpoints, saved);
      batches.subList(resumed, batches.size()).forEach(trainer::train);
      tell(how, trainer, trainer.save(checkpoints), predictions);
    }
  }

  private void tell(
      String how, BrokerlessTrainer trainer, StoredCheckpoint saved, Digest predictions)
      throws IOException {
    saved.files().forEach((file, bytes) -> digests.put(how + file, Digest.of(bytes)));
    String manifest = "checkpoint.json";
    digests.put(
        how + manifest, Digest.of(Files.readAllBytes(Path.of(saved.location()).resolve(manifest))));
    digests.put(how + "predictions", predictions.hex());
    if (how.isEmpty()) { // What was found since the start is told, not kept.
      digests.put("metrics", Digest.of(JSON.writeValueAsBytes(trainer.metrics())));
      digests.put("report", Digest.of(trainer.report()));
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  /** Of a sequence of byte arrays. */
  private static final class Digest {
    private final MessageDigest sha256;

    Digest() {
      try {
        sha256 = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    static String of(byte[] bytes) {
      Digest digest = new Digest();
      digest.sha256.update(bytes);
      return digest.hex();
    }

    /** Adds an array behind its length. */
    void add(byte @Nullable [] bytes) {
      sha256.update(((bytes == null ? "none" : bytes.length) + ":").getBytes(UTF_8));
      if (bytes != null) {
        sha256.update(bytes);
      }
    }

    String hex() {
      return HexFormat.of().formatHex(sha256.digest());
    }
  }
}
