package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.speed.Workbench;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

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

  private final Workbench bench;

  private ScoreSpeed(Workbench bench) {
    this.bench = bench;
  }

  public static void main(String[] args) throws Exception {
    try (Workbench bench =
        Workbench.start(
            "score-speed", (bootstrap, dir) -> config("unused", "json", bootstrap, dir))) {
      ScoreSpeed speed = new ScoreSpeed(bench);
      for (String format : List.of(args).subList(3, args.length)) {
        speed.measure(
            format,
            Integer.parseInt(args[0]),
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]));
      }
    }
    System.exit(0);
  }

  private static JobConfig config(String job, String format, String bootstrap, Path dir) {
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
    Files.writeString(bench.dir().resolve("events.avsc"), avroSchema());
    bench.create("events-" + format, partitions);
    SplittableRandom random = new SplittableRandom(1);
    bench.fill("events-" + format, events, i -> value(format, random));
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      double beforeS = bench.processorS();
      double mapped = map(format + "-map" + round, format, partitions, events);
      double betweenS = bench.processorS();
      double scored = score(format + "-score" + round, format, events);
      double afterS = bench.processorS();
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

  private double map(String id, String format, int partitions, int events) throws Exception {
    double seconds =
        bench.mapSeconds(
            id,
            List.of("events-" + format),
            partitions,
            Workbench.Copy::new,
            ScoringWork.streams(1 << 20, 2 << 20),
            events,
            () -> {});
    return events / seconds;
  }

  private double score(String job, String format, int events) throws Exception {
    JobConfig config = config(job, format, bench.bootstrap(), bench.dir());
    announce(config);
    Role role =
        new ScorerRole(
            config,
            bench.clients(),
            new SimpleMeterRegistry(),
            ServedCheckpoint::of,
            Clock.systemUTC(),
            false);
    try (RunningRole scorer = new RunningRole(role)) {
      Workbench.awaitRunning(scorer);
      long beforeNs = System.nanoTime();
      bench.awaitCommitted(job + ".scorer", events);
      double rate = events / Workbench.since(beforeNs);
      scorer.drain();
      scorer.awaitEnd();
      System.out.println(scorer.summary());
      return rate;
    }
  }

  private void announce(JobConfig config) throws Exception {
    String topic = config.topics().checkpoints();
    try (Admin admin = bench.clients().admin("announce");
        Producer<byte[], byte[]> producer = bench.clients().producer("announce", Map.of())) {
      new TopicSetup(admin, Duration.ofSeconds(30), bench.bootstrap())
          .ensure(config.topics(), List.of(topic));
      Announcement announcement =
          new MadeCheckpoints(bench.dir().resolve(config.job()), config.job())
              .of(new EventSchema(NAMES, "label", List.of("ok", "fraud"), null, null))
              .hidden(List.of(64, 32))
              .announce(1);
      producer
          .send(new ProducerRecord<>(topic, Announcement.key(), announcement.toJson()))
          .get(30, TimeUnit.SECONDS);
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
}
