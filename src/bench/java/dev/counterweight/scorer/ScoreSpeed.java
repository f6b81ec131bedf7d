package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Speed of the scorer beside a bare Kafka Streams map of the same records, exactly once and with
 * the same settings, on a broker in a process of its own. Run by hand, from the classes of the
 * tests:
 *
 * <pre>
 * ScoreSpeed EVENTS PARTITIONS ROUNDS FORMAT...
 * </pre>
 *
 * <p>Events of 30 features, scored by an mlp of 64 and 32. The topic is full before either starts;
 * a rate is from the running state to the commit of the last record.
 */
final class ScoreSpeed {
  private static final int FEATURES = 30;
  private static final List<String> NAMES =
      IntStream.range(0, FEATURES).mapToObj(i -> "f" + i).toList();

  private final Process broker;
  private final String bootstrap;
  private final Path dir;
  private final KafkaClients clients;

  private ScoreSpeed(Process broker, String bootstrap, Path dir) {
    this.broker = broker;
    this.bootstrap = bootstrap;
    this.dir = dir;
    this.clients = new KafkaClients(config("unused", "json").kafka());
  }

  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("score-speed");
    Process broker = startBroker(dir.resolve("broker"));
    try {
      String line = broker.inputReader().readLine();
      ScoreSpeed speed = new ScoreSpeed(broker, line.substring(line.indexOf('=') + 1), dir);
      for (String format : List.of(args).subList(3, args.length)) {
        speed.measure(
            format,
            Integer.parseInt(args[0]),
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]));
      }
    } finally {
      broker.destroy();
      broker.waitFor();
      try (var files = Files.walk(dir)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    System.exit(0);
  }

  private static Process startBroker(Path dir) throws IOException {
    Files.createDirectories(dir);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-cp",
            System.getProperty("java.class.path"),
            EmbeddedBroker.class.getName(),
            dir.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private JobConfig config(String job, String format) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", bootstrap);
    all.put("events.topic", "events-" + format);
    all.put("events.format", format);
    all.put("events.label", "label");
    all.put("events.classes", "ok,fraud");
    all.put("events.features", String.join(",", NAMES));
    all.put("checkpoint.dir", dir.resolve(job).toString());
    if (format.equals("avro")) {
      all.put("events.schema.file", dir.resolve("events.avsc").toString());
    }
    return JobConfigLoader.load(all);
  }

  private void measure(String format, int events, int partitions, int rounds) throws Exception {
    Files.writeString(dir.resolve("events.avsc"), avroSchema());
    create("events-" + format, partitions);
    fill(format, events);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      double beforeS = cpuS();
      double mapped = map(format + "-map" + round, format, partitions, events);
      double betweenS = cpuS();
      double scored = score(format + "-score" + round, format, events);
      double afterS = cpuS();
      ratios.add(scored / mapped);
      System.out.printf(
          Locale.ROOT,
          "%s: %d events, %d partitions: map %.0f events/s, scorer %.0f events/s, ratio %.3f;"
              + " processor time with the broker's %.1f and %.1f us an event%n",
          format,
          events,
          partitions,
          mapped,
          scored,
          scored / mapped,
          (betweenS - beforeS) * 1e6 / events,
          (afterS - betweenS) * 1e6 / events);
    }
    ratios.sort(Comparator.naturalOrder());
    System.out.printf(
        Locale.ROOT, "%s: median ratio %.3f%n", format, ratios.get(ratios.size() / 2));
  }

  /** Processor time that this process and the broker have taken so far. */
  private double cpuS() {
    return Stream.of(ProcessHandle.current(), broker.toHandle())
        .mapToDouble(
            process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9)
        .sum();
  }

  private double map(String id, String format, int partitions, int events) throws Exception {
    create(id + "-output", partitions);
    Topology topology = new Topology();
    topology
        .addSource(
            AutoOffsetReset.earliest(),
            "source",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            "events-" + format)
        .addProcessor("map", Copy::new, "source")
        .addSink(
            "sink", id + "-output", new ByteArraySerializer(), new ByteArraySerializer(), "map");
    Map<String, Object> settings = new HashMap<>(ScoringWork.streams(1 << 20, 2 << 20));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve(id).toString());
    Properties properties = clients.streams(id, settings);
    try (KafkaStreams streams = new KafkaStreams(topology, properties)) {
      streams.start();
      while (streams.state() != KafkaStreams.State.RUNNING) {
        pause();
      }
      long beforeNs = System.nanoTime();
      awaitCommitted(id, events);
      return events / since(beforeNs);
    }
  }

  private static final class Copy extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      context().forward(record);
    }
  }

  private double score(String job, String format, int events) throws Exception {
    JobConfig config = config(job, format);
    announce(config);
    Role role =
        new ScorerRole(
            config,
            clients,
            new SimpleMeterRegistry(),
            ServedCheckpoint::of,
            Clock.systemUTC(),
            false);
    try (RunningRole scorer = new RunningRole(role)) {
      while (scorer.status().state() != Role.State.RUNNING) {
        if (scorer.status().state() == Role.State.FAILED) {
          throw new IllegalStateException(scorer.status().detail());
        }
        pause();
      }
      long beforeNs = System.nanoTime();
      awaitCommitted(job + ".scorer", events);
      double rate = events / since(beforeNs);
      scorer.drain();
      scorer.awaitEnd();
      System.out.println(scorer.summary());
      return rate;
    }
  }

  private void announce(JobConfig config) throws Exception {
    String topic = config.topics().checkpoints();
    try (Admin admin = clients.admin("announce");
        Producer<byte[], byte[]> producer = clients.producer("announce", Map.of())) {
      new TopicSetup(admin, Duration.ofSeconds(30), bootstrap)
          .ensure(config.topics(), List.of(topic));
      Announcement announcement =
          new MadeCheckpoints(dir.resolve(config.job()), config.job())
              .of(new EventSchema(NAMES, "label", List.of("ok", "fraud"), null, null))
              .hidden(List.of(64, 32))
              .announce(1);
      producer
          .send(new ProducerRecord<>(topic, Announcement.key(), announcement.toJson()))
          .get(30, TimeUnit.SECONDS);
    }
  }

  private void awaitCommitted(String group, long records) throws Exception {
    try (Admin admin = clients.admin("watch")) {
      long committed = 0;
      while (committed < records) {
        pause();
        committed =
            admin
                .listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get(30, TimeUnit.SECONDS)
                .values()
                .stream()
                .mapToLong(offset -> offset == null ? 0 : offset.offset())
                .sum();
      }
    }
  }

  private void create(String topic, int partitions) throws Exception {
    try (Admin admin = clients.admin("create")) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  private void fill(String format, int events) {
    SplittableRandom random = new SplittableRandom(1);
    try (Producer<byte[], byte[]> producer = clients.producer("fill", Map.of("linger.ms", 20))) {
      for (int i = 0; i < events; i++) {
        byte[] key = ("k" + i).getBytes(UTF_8);
        producer.send(new ProducerRecord<>("events-" + format, key, value(format, random)));
      }
    }
  }

  private static byte[] value(String format, SplittableRandom random) {
    float[] row = new float[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      row[f] = Math.round(random.nextDouble(-3, 3) * 1e4) / 1e4f;
    }
    if (format.equals("json")) {
      return IntStream.range(0, FEATURES)
          .mapToObj(f -> "\"f" + f + "\":" + row[f])
          .collect(Collectors.joining(",", "{", ",\"label\":\"ok\"}"))
          .getBytes(UTF_8);
    }
    ByteBuffer bytes = ByteBuffer.allocate(FEATURES * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : row) {
      bytes.putFloat(value); // the same in float32 and avro
    }
    return bytes.array();
  }

  private static String avroSchema() {
    return NAMES.stream()
        .map(name -> "{\"name\":\"" + name + "\",\"type\":\"float\"}")
        .collect(
            Collectors.joining(",", "{\"type\":\"record\",\"name\":\"Event\",\"fields\":[", "]}"));
  }

  private static double since(long ns) {
    return (System.nanoTime() - ns) / 1e9;
  }

  private static void pause() {
    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
  }
}
