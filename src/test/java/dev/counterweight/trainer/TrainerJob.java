package dev.counterweight.trainer;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.batch.RecentShares;
import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.cli.ChildJvm;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.Schema;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.learning.TestDevice;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A job of one trainer: three classes, four features, and batch records made from their number. */
final class TrainerJob {
  static final int RECORDS = 40;
  static final int ROWS = 37;
  static final int EVENTS_A_RECORD = 100;
  static final int EVALUATED = 9;
  private static final int FEATURES = 4;
  private static final int CLASSES = 3;

  private final Map<String, String> values = new HashMap<>();
  private @Nullable FeatureSchema features;

  TrainerJob(String bootstrapServers, String job, Path checkpoints) {
    values.put("job", job);
    values.put("bootstrap.servers", bootstrapServers);
    values.put("events.topic", job + "-events");
    values.put("events.label", "class");
    values.put("events.classes", "a,b,c");
    values.put("events.features", "w,x,y,z");
    values.put("checkpoint.dir", checkpoints.toString());
    values.put("checkpoint.every.steps", "7");
    values.put("model.hidden", "16,8");
    values.put("model.forest", "0");
    values.put("learning.rate", "0.03");
    values.put("instance.id", "host-1");
    values.put("device", TestDevice.NAME);
  }

  /** A job on the shared broker, its topics made. */
  static TrainerJob create(Path checkpoints) {
    TrainerJob job =
        new TrainerJob(
            SharedBroker.bootstrapServers(), SharedBroker.uniqueName("trainer"), checkpoints);
    SharedBroker.createTopic(job.config().events().topic(), 1);
    try (Admin admin = SharedBroker.admin()) {
      new TopicSetup(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers())
          .ensure(
              job.config().topics(),
              List.of(job.config().topics().batches(), job.config().topics().checkpoints()));
    }
    return job;
  }

  TrainerJob with(String key, String value) {
    values.put(key, value);
    return this;
  }

  /** Of one network, as plain as it was before there could be several. */
  TrainerJob ofOneNetwork() {
    return with("model.rates", "1").with("model.average", "0");
  }

  TrainerJob without(String key) {
    values.remove(key);
    return this;
  }

  /** Of these features instead of four numbers. */
  TrainerJob with(FeatureSchema features) {
    this.features = features;
    return this;
  }

  JobConfig config() {
    JobConfig config = JobConfigLoader.load(values);
    return features == null ? config : of(features, config);
  }

  private static JobConfig of(FeatureSchema features, JobConfig config) {
    EventsConfig events = config.events();
    EventSchema schema =
        new EventSchema(
            features,
            events.schema().label(),
            events.schema().classes(),
            null,
            null,
            EventTimeUnit.MS,
            0,
            List.of());
    return new JobConfig(
        config.job(),
        config.instanceId(),
        config.seed(),
        config.kafka(),
        new EventsConfig(
            events.topic(),
            events.format(),
            events.start(),
            schema,
            events.maxFutureMs(),
            events.maxBytes(),
            events.lost(),
            events.schemas(),
            events.labelled(),
            events.recentLabels()),
        null,
        config.counter(),
        config.sampler(),
        config.trainer(),
        config.scorer(),
        config.metrics());
  }

  KafkaClients clients() {
    return new KafkaClients(config().kafka());
  }

  TrainerRole role(boolean stopAtEnd) {
    return new TrainerRole(
        config(), clients(), new SimpleMeterRegistry(), Clock.systemUTC(), stopAtEnd);
  }

  /** What a checkpoint of a run would say of it, at batch offset 2. */
  CheckpointManifest manifest(TrainingRun run) {
    return new CheckpointDescription(config(), Clock.systemUTC())
        .manifest(run, 2, new StreamIdentity("c", "t"), "a", null);
  }

  /** Writes a checkpoint of a run into the job's folder. */
  StoredCheckpoint save(TrainingRun run) throws IOException {
    return Checkpoints.store(config()).write(manifest(run), run.files());
  }

  /** Has a run of this job go on from a checkpoint, as if it were the newest announced. */
  void goOn(TrainingRun run, StoredCheckpoint from) {
    Announced announced = new Announced(List.of(Announcement.of(from, List.of(), 0)));
    Checkpoints.load(config(), Checkpoints.store(config()), announced, run);
  }

  /** Takes settings {@code key=value}, with spaces between them. */
  TrainerJob withAll(String settings) {
    for (String setting : settings.split(" ")) {
      String[] parts = setting.split("=", 2);
      with(parts[0], parts[1]);
    }
    return this;
  }

  /** A prediction with arrays of its own. */
  static Prediction copy(Prediction row) {
    return new Prediction(
        row.partition(),
        row.offset(),
        row.label(),
        row.decision(),
        row.weight(),
        row.step(),
        row.raw().clone(),
        row.served().clone());
  }

  /** Sends batch records {@code from} (inclusive) to {@code to} (exclusive). */
  void send(int from, int to) {
    send(from, to, "topic-1");
  }

  void send(int from, int to, String topicId) {
    try (Producer<byte[], byte[]> producer = clients().producer("test", Map.of())) {
      for (int i = from; i < to; i++) {
        producer.send(
            new ProducerRecord<>(
                config().topics().batches(),
                MiniBatchFormat.write(
                    config().events().recentLabels()
                        ? recent(batch(i, topicId))
                        : batch(i, topicId),
                    FEATURES)));
      }
    }
  }

  /** Every committed value on a topic, in order. */
  List<byte[]> values(String topic) {
    return WholeLog.read(clients(), topic, Function.identity());
  }

  List<Announcement> announcements() {
    return values(config().topics().checkpoints()).stream().map(Announcement::parse).toList();
  }

  Announcement newest() {
    List<Announcement> all = announcements();
    return all.get(all.size() - 1);
  }

  /** The record of that number. */
  static MiniBatch batch(int number) {
    return batch(number, "topic-1");
  }

  /** The same record, of a schema or, as of an older release, of none. */
  static MiniBatch of(@Nullable Schema schema, MiniBatch batch) {
    MiniBatch.Origin of = batch.origin();
    return Batches.with(
        batch,
        batch.draws(),
        batch.evaluation(),
        new MiniBatch.Origin(
            of.job(),
            of.weightsVersion(),
            of.spans(),
            of.end(),
            of.eventTimeMinMs(),
            of.eventTimeMaxMs(),
            of.stream(),
            schema));
  }

  /** An origin that covers these offsets of the one partition, in a run to the end of them all. */
  static MiniBatch.Origin covering(MiniBatch.Origin of, long from, long to) {
    return new MiniBatch.Origin(
        of.job(),
        of.weightsVersion(),
        new TreeMap<>(Map.of(0, new Span(from, to))),
        new TreeMap<>(Map.of(0, RECORDS * (to - from))),
        of.eventTimeMinMs(),
        of.eventTimeMaxMs(),
        of.stream(),
        of.schema(),
        of.events());
  }

  private static MiniBatch batch(int number, String topicId) {
    SplittableRandom random = new SplittableRandom(number);
    MiniBatch.Draws draws = draws(random, number);
    long[] labels = labels(random, EVALUATED);
    float[] weights = new float[EVALUATED];
    long[] offsets = new long[EVALUATED];
    for (int i = 0; i < EVALUATED; i++) {
      weights[i] = 5 + 5 * random.nextInt(3);
      offsets[i] = (long) number * EVENTS_A_RECORD + i;
    }
    TreeMap<Integer, Span> spans = new TreeMap<>();
    spans.put(0, new Span((long) number * EVENTS_A_RECORD, (number + 1L) * EVENTS_A_RECORD));
    TreeMap<Integer, Long> end = new TreeMap<>(Map.of(0, (long) RECORDS * EVENTS_A_RECORD));
    return new MiniBatch(
        draws,
        new MiniBatch.EvaluationSlice(
            features(random, labels), labels, weights, new int[EVALUATED], offsets),
        known(number),
        new float[] {0.9f, 0.08f, 0.02f},
        new float[] {0.37f, 4 + number * 0.01f, 16},
        new float[] {1, 10, 40},
        new MiniBatch.Origin(
            "any", number, spans, end, 0, number, new StreamIdentity("cluster-1", topicId), null));
  }

  /**
   * The same with shares of recent labels: before all of its rows what they were after the record
   * before.
   */
  static MiniBatch recent(MiniBatch of) {
    long number = of.origin().weightsVersion();
    int rows = of.evaluation().rows();
    float[] before = new float[rows * RecentShares.FADES * CLASSES];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(
          shares(number), 0, before, row * RecentShares.FADES * CLASSES, before.length / rows);
    }
    return new MiniBatch(
        of.draws(),
        of.evaluation(),
        of.known(),
        of.prior(),
        of.classWeight(),
        of.uses(),
        of.origin(),
        new RecentShares(before, new TreeMap<>(Map.of(0, shares(number + 1)))));
  }

  private static float[] shares(long number) {
    float[] shares = new float[RecentShares.FADES * CLASSES];
    SplittableRandom random = new SplittableRandom(number);
    for (int at = 0; at < shares.length; at += CLASSES) {
      float first = (float) random.nextDouble();
      shares[at] = first;
      shares[at + 1 + random.nextInt(CLASSES - 1)] = 1 - first;
    }
    return shares;
  }

  /** The same draws, each of an event that was drawn before. */
  static MiniBatch.Draws again(MiniBatch.Draws of) {
    return new MiniBatch.Draws(
        of.features(),
        of.labels(),
        of.lossWeight(),
        of.sourcePartition(),
        of.sourceOffset(),
        new byte[of.rows()]);
  }

  /** The same before its last class is counted: its rows are of the class before. */
  static MiniBatch uncounted(MiniBatch of) {
    int last = CLASSES - 1;
    for (long[] labels : List.of(of.draws().labels(), of.evaluation().labels())) {
      for (int i = 0; i < labels.length; i++) {
        labels[i] = Math.min(labels[i], last - 1);
      }
    }
    of.prior()[last] = 0;
    of.known().prior()[last] = 0;
    return of;
  }

  /** What the record before says of the classes. */
  private static MiniBatch.Known known(int number) {
    return number == 0
        ? MiniBatch.Known.nothing(CLASSES)
        : new MiniBatch.Known(
            new float[] {0.9f, 0.08f, 0.02f}, new float[] {0.37f, 4 + (number - 1) * 0.01f, 16});
  }

  private static MiniBatch.Draws draws(SplittableRandom random, int number) {
    long[] labels = labels(random, ROWS);
    float[] lossWeights = new float[ROWS];
    long[] offsets = new long[ROWS];
    for (int i = 0; i < ROWS; i++) {
      lossWeights[i] = 0.5f + (float) random.nextDouble();
      offsets[i] = (long) number * EVENTS_A_RECORD + i;
    }
    return new MiniBatch.Draws(
        features(random, labels), labels, lossWeights, new int[ROWS], offsets, fresh());
  }

  /** Two of three rows are of events that are drawn for the first time. */
  private static byte[] fresh() {
    byte[] fresh = new byte[ROWS];
    for (int i = 0; i < ROWS; i++) {
      fresh[i] = (byte) (i % 3 == 0 ? 0 : 1);
    }
    return fresh;
  }

  private static long[] labels(SplittableRandom random, int n) {
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextInt(CLASSES);
    }
    return labels;
  }

  /** Separable by class, far from standardised. */
  private static float[] features(SplittableRandom random, long[] labels) {
    float[] features = new float[labels.length * FEATURES];
    for (int i = 0; i < features.length; i++) {
      int c = (int) labels[i / FEATURES];
      double centre = i % FEATURES == c ? 60 : 20;
      features[i] = (float) (centre + 10 * (random.nextDouble() - 0.5));
    }
    return features;
  }

  /** Runs a trainer in a JVM of its own, to be killed. Arguments: its configuration, key=value. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws Exception {
      Map<String, String> values = new HashMap<>();
      for (String arg : args) {
        String[] parts = arg.split("=", 2);
        values.put(parts[0], parts[1]);
      }
      RunningRole.toEnd(
          new TrainerRole(
              JobConfigLoader.load(values),
              new KafkaClients(JobConfigLoader.load(values).kafka()),
              new SimpleMeterRegistry(),
              Clock.systemUTC(),
              true));
    }

    static ChildJvm start(TrainerJob job) {
      return start(job, job.config().trainer().checkpoints().dir().resolveSibling("child.log"));
    }

    /** Starts one; what it logs goes to {@code output}. */
    static ChildJvm start(TrainerJob job, Path output) {
      List<String> settings =
          job.values.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
      return ChildJvm.program(output, 512, List.of(), Child.class.getName(), settings);
    }
  }
}
