package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Records;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.streams.StateSize;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Speed of the joiner beside a bare Kafka Streams map, exactly once and with the same settings, on
 * a broker in a process of its own; and what waits: its bytes on disk, and how long a joiner takes
 * to restore it. Run by hand, from the classes of the tests:
 *
 * <pre>
 * JoinSpeed speed EVENTS PARTITIONS ROUNDS [KEY=VALUE ...]
 * JoinSpeed state EVENTS PARTITIONS [KEY=VALUE ...]
 * </pre>
 *
 * <p>Speed: events of about 250 bytes, of a key each, and a label for each of them, both topics
 * full before the joiner starts. In each round a bare map reads the events alone and writes them on
 * as they are, unread: half as many records as are joined. A reading map has both topics, reads
 * time and label of each record by the joiner's own decoders, and writes the events on: the least
 * that any program does that looks at both. Then a new job joins them. A rate is of events, from
 * the running state to the commit of the last record; processor time is of this process and the
 * broker, and of the threads of Kafka Streams alone. State: events without labels, which wait; then
 * a joiner with an empty folder restores them from the changelog.
 */
final class JoinSpeed {
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final int FILLING_BYTES = 150;
  private static final Pattern STREAM_THREAD = Pattern.compile(".*-StreamThread-[0-9]+");

  private final Process broker;
  private final String bootstrap;
  private final Path dir;
  private final Map<String, String> more;
  private final KafkaClients clients;
  private double threadsS;

  private JoinSpeed(Process broker, String bootstrap, Path dir, Map<String, String> more) {
    this.broker = broker;
    this.bootstrap = bootstrap;
    this.dir = dir;
    this.more = more;
    this.clients = new KafkaClients(config("unused").kafka());
  }

  public static void main(String[] args) throws Exception {
    Path dir = Files.createTempDirectory("join-speed");
    Process broker = startBroker(dir.resolve("broker"));
    try {
      String line = broker.inputReader().readLine();
      Map<String, String> more =
          Arrays.stream(args)
              .filter(arg -> arg.contains("="))
              .map(arg -> arg.split("=", 2))
              .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
      JoinSpeed speed = new JoinSpeed(broker, line.substring(line.indexOf('=') + 1), dir, more);
      int events = Integer.parseInt(args[1]);
      int partitions = Integer.parseInt(args[2]);
      if (args[0].equals("speed")) {
        speed.speed(events, partitions, Integer.parseInt(args[3]));
      } else {
        speed.state(events, partitions);
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
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private JobConfig config(String job) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", bootstrap);
    all.put("events.topic", "events");
    all.put("events.classes", "ok,fraud");
    all.put("events.features", "x");
    all.put("events.time", "t");
    all.put("checkpoint.dir", dir.resolve("checkpoints").toString());
    all.put("labels.topic", "labels");
    all.put("labels.label", "label");
    all.put("labels.time", "t");
    all.put("labels.wait", "1d");
    all.put("labels.state.dir", dir.resolve("state").toString());
    all.putAll(more);
    return JobConfigLoader.load(all);
  }

  private void speed(int events, int partitions, int rounds) throws Exception {
    createTopics(partitions);
    long fromMs = System.currentTimeMillis() - HOUR_MS;
    fill("events", events, i -> event(i, fromMs + i * HOUR_MS / events));
    fill("labels", events, i -> label(fromMs + i * HOUR_MS / events));
    for (int round = 0; round < rounds; round++) {
      Taken bare = taken(id -> map(id, partitions, events, false), "map" + round, events);
      Taken reading = taken(id -> map(id, partitions, events, true), "read" + round, events);
      Taken joiner = taken(id -> join(id, 2L * events, events), "join" + round, events);
      System.out.printf(
          "%d events, %d partitions: bare map %s; reading map %s; joiner %s; ratio %.3f of the bare"
              + " map, %.3f of the reading map%n",
          events,
          partitions,
          bare,
          reading,
          joiner,
          joiner.rate / bare.rate,
          joiner.rate / reading.rate);
    }
  }

  /** Runs something of a name, and gives its events a second. */
  private interface Runner {
    double run(String id) throws Exception;
  }

  /**
   * What something took.
   *
   * @param rate events a second
   * @param allUs processor time an event, with the broker's
   * @param threadsUs that of the threads of Kafka Streams
   */
  private record Taken(double rate, double allUs, double threadsUs) {
    @Override
    public String toString() {
      return "%.0f events/s (%.1f us an event, its threads %.1f)".formatted(rate, allUs, threadsUs);
    }
  }

  private Taken taken(Runner what, String id, int events) throws Exception {
    threadsS = 0;
    double beforeS = cpuS();
    double rate = what.run(id);
    return new Taken(rate, (cpuS() - beforeS) * 1e6 / events, threadsS * 1e6 / events);
  }

  /** Takes note of the processor time of the threads of Kafka Streams that are there. */
  private void lookAtThreads() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double now = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && STREAM_THREAD.matcher(thread.getThreadName()).matches()) {
        now += Math.max(0, threads.getThreadCpuTime(thread.getThreadId())) / 1e9;
      }
    }
    threadsS = Math.max(threadsS, now);
  }

  /** Processor time that this process and the broker have taken so far. */
  private double cpuS() {
    return Stream.of(ProcessHandle.current(), broker.toHandle())
        .mapToDouble(
            process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9)
        .sum();
  }

  private void state(int events, int partitions) throws Exception {
    createTopics(partitions);
    long nowMs = System.currentTimeMillis();
    fill("events", events, i -> event(i, nowMs));
    double taken = join("state", events, events);
    long bytes = StateSize.bytes(dir.resolve("state"));
    System.out.printf(
        "%d events wait: taken in at %.0f/s, %.1f MiB on disk, %.0f bytes an event%n",
        events, taken, bytes / 1048576.0, (double) bytes / events);
    long beforeNs = System.nanoTime();
    try (RunningRole joiner = start("state")) {
      awaitRunning(joiner);
      awaitWaiting(joiner, events);
      System.out.printf("started with its folder: %.1f s%n", since(beforeNs));
    }
    Utils.delete(dir.resolve("state").toFile());
    beforeNs = System.nanoTime();
    try (RunningRole joiner = start("state")) {
      awaitRunning(joiner);
      awaitWaiting(joiner, events);
      System.out.printf("restored from the changelog: %.1f s%n", since(beforeNs));
    }
  }

  private double map(String id, int partitions, int events, boolean reads) throws Exception {
    String output = id + "-output";
    create(output, partitions);
    LabelsConfig labels = Objects.requireNonNull(config(id).labels());
    String[] topics = reads ? new String[] {"events", "labels"} : new String[] {"events"};
    Topology topology = new Topology();
    topology
        .addSource(
            AutoOffsetReset.earliest(),
            "source",
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            topics)
        .addProcessor("map", () -> reads ? new Reading(labels) : new Copy(), "source")
        .addSink("sink", output, new ByteArraySerializer(), new ByteArraySerializer(), "map");
    Map<String, Object> settings =
        new HashMap<>(
            JoinerStreams.settings(
                labels,
                new RecordSizes(1 << 20, 1 << 20, 1 << 20, 2 << 20),
                new Routing(1, false, false)));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve(id).toString());
    Properties properties = clients.streams(id, settings);
    try (KafkaStreams streams = new KafkaStreams(topology, properties)) {
      streams.start();
      while (streams.state() != KafkaStreams.State.RUNNING) {
        pause();
      }
      long beforeNs = System.nanoTime();
      awaitCommitted(id, (long) events * topics.length);
      return events / since(beforeNs);
    }
  }

  private static final class Copy extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      context().forward(record);
    }
  }

  private static final class Reading extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    private final EventDecoder events;
    private final EventDecoder labels;

    Reading(LabelsConfig config) {
      this.events = config.events().decoder(WriterSchemas.NONE);
      this.labels = config.labels().decoder(WriterSchemas.NONE);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      boolean event = context().recordMetadata().orElseThrow().topic().equals("events");
      try {
        (event ? events : labels)
            .head(
                Records.event(record.key(), record.value(), record.headers(), record.timestamp()));
      } catch (EventRejectedException e) {
        throw new IllegalStateException(e);
      }
      if (event) {
        context().forward(record);
      }
    }
  }

  private double join(String job, long records, int events) throws Exception {
    try (RunningRole joiner = start(job)) {
      awaitRunning(joiner);
      long beforeNs = System.nanoTime();
      awaitCommitted(job + ".joiner", records);
      double rate = events / since(beforeNs);
      joiner.drain();
      joiner.awaitEnd();
      System.out.println(joiner.summary());
      return rate;
    }
  }

  private RunningRole start(String job) {
    return new RunningRole(
        new JoinerRole(config(job), clients, new SimpleMeterRegistry(), Clock.systemUTC(), false));
  }

  private static void awaitRunning(RunningRole joiner) {
    while (joiner.status().state() != Role.State.RUNNING) {
      if (joiner.status().state() == Role.State.FAILED) {
        throw new IllegalStateException(joiner.status().detail());
      }
      pause();
    }
  }

  /** As many events as before wait with its tasks. */
  private static void awaitWaiting(RunningRole joiner, long events) {
    while (!Objects.equals(joiner.summary().get("waiting"), events)) {
      pause();
    }
  }

  private void awaitCommitted(String group, long records) throws Exception {
    try (Admin admin = clients.admin("watch")) {
      long committed = 0;
      while (committed < records) {
        pause();
        lookAtThreads();
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

  private void createTopics(int partitions) throws Exception {
    create("events", partitions);
    create("labels", partitions);
  }

  private void create(String topic, int partitions) throws Exception {
    try (Admin admin = clients.admin("create")) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  /** What a topic's record is, by its number. */
  private interface Values {
    String of(int i);
  }

  private void fill(String topic, int records, Values values) {
    try (Producer<byte[], byte[]> producer = clients.producer("fill", Map.of("linger.ms", 20))) {
      for (int i = 0; i < records; i++) {
        byte[] key = ("k" + i).getBytes(UTF_8);
        producer.send(new ProducerRecord<>(topic, key, values.of(i).getBytes(UTF_8)));
      }
    }
  }

  private static String event(int i, long timeMs) {
    byte[] filling = new byte[FILLING_BYTES]; // nothing for compression
    new SplittableRandom(i).nextBytes(filling);
    String text = Base64.getEncoder().encodeToString(filling);
    return "{\"x\":%d,\"t\":%d,\"more\":\"%s\"}".formatted(i, timeMs, text);
  }

  private static String label(long timeMs) {
    return "{\"label\":\"ok\",\"t\":%d}".formatted(timeMs + 1_000);
  }

  private static double since(long ns) {
    return (System.nanoTime() - ns) / 1e9;
  }

  private static void pause() {
    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
  }
}
