package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RawEvent;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Events a second of the sampler beside records a second of a bare consumer of the same topic, in
 * one run with one broker in the same process. Run by hand: {@code SamplerBenchmark [events]
 * [float32|json] [memory] [rounds=2] [key=value ...]}; {@code memory} prints the heap in use after
 * a collection every two seconds instead of speed.
 */
final class SamplerBenchmark {
  private static final int PARTITIONS = 4;
  private static final int FEATURES = 30;
  private static final double RARE = 0.01;

  private final int events;
  private final JobConfig config;
  private final KafkaClients clients;
  private final List<TopicPartition> partitions;

  private SamplerBenchmark(int events, JobConfig config) {
    this.events = events;
    this.config = config;
    this.clients = new KafkaClients(config.kafka());
    this.partitions =
        IntStream.range(0, PARTITIONS)
            .mapToObj(p -> new TopicPartition(config.events().topic(), p))
            .toList();
  }

  public static void main(String[] args) throws Exception {
    int events = args.length > 0 ? Integer.parseInt(args[0]) : 5_000_000;
    boolean json = List.of(args).contains("json");
    boolean memory = List.of(args).contains("memory");
    Path dir = Files.createTempDirectory("sampler-benchmark");
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir)) {
      Map<String, String> values = settings(broker, json);
      for (String arg : args) {
        if (arg.contains("=") && !arg.startsWith("rounds=")) {
          values.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
      }
      SamplerBenchmark benchmark = new SamplerBenchmark(events, JobConfigLoader.load(values));
      benchmark.produce(json);
      benchmark.run(memory, json);
      // The first round warms up; each is of a job of its own.
      int rounds = memory ? 1 : rounds(args);
      for (int round = 1; round < rounds; round++) {
        values.put("job", "benchmark" + round);
        new SamplerBenchmark(events, JobConfigLoader.load(values)).run(false, json);
      }
    } finally {
      try (var paths = Files.walk(dir)) {
        paths.sorted(java.util.Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
  }

  private static int rounds(String[] args) {
    return Arrays.stream(args)
        .filter(arg -> arg.startsWith("rounds="))
        .mapToInt(arg -> Integer.parseInt(arg.substring("rounds=".length())))
        .findFirst()
        .orElse(2);
  }

  private static Map<String, String> settings(EmbeddedBroker broker, boolean json) {
    Map<String, String> values = new HashMap<>();
    values.put("job", "benchmark");
    values.put("instance.id", "one");
    values.put("bootstrap.servers", broker.bootstrapServers());
    values.put("events.topic", "events");
    values.put("events.format", json ? "json" : "float32");
    values.put(
        "events.features",
        IntStream.range(0, FEATURES).mapToObj(i -> "f" + i).collect(Collectors.joining(",")));
    values.put("events.label", "label");
    values.put("events.classes", "0,1");
    values.put("sampler.draws.per.event", "0.05");
    values.put("evaluation.share", "0.02");
    values.put("checkpoint.dir", "unused");
    return values;
  }

  private void produce(boolean json) throws Exception {
    try (Admin admin = clients.admin("setup")) {
      admin
          .createTopics(List.of(new NewTopic(config.events().topic(), PARTITIONS, (short) 1)))
          .all()
          .get();
    }
    Random random = new Random(1);
    try (Producer<byte[], byte[]> producer =
        clients.producer("events", Map.of("linger.ms", 5, "batch.size", 256 << 10))) {
      for (int i = 0; i < events; i++) {
        int label = random.nextDouble() < RARE ? 1 : 0;
        byte[] value = json ? json(random, label) : float32(random, label);
        producer.send(new ProducerRecord<>(config.events().topic(), i % PARTITIONS, null, value));
      }
    }
  }

  private static byte[] float32(Random random, int label) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * (FEATURES + 1)).order(ByteOrder.LITTLE_ENDIAN);
    for (int f = 0; f < FEATURES; f++) {
      buffer.putFloat(random.nextFloat());
    }
    return buffer.putFloat(label).array();
  }

  private static byte[] json(Random random, int label) {
    StringBuilder text = new StringBuilder("{");
    for (int f = 0; f < FEATURES; f++) {
      text.append("\"f").append(f).append("\":").append(random.nextInt(1000) / 1000.0).append(',');
    }
    return text.append("\"label\":")
        .append(label)
        .append('}')
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private void run(boolean memory, boolean json) throws Exception {
    publish();
    if (memory) {
      sample(true);
      return;
    }
    consume(null);
    double bare = consume(null);
    double sampled = sample(false);
    double bareAfter = consume(null);
    double mean = (bare + bareAfter) / 2;
    say("bare consumer %.0f and %.0f records/s", bare, bareAfter);
    if (json) {
      EventDecoder decoder = config.events().format().decoder(config.events().schema());
      say("parse ceiling (consumer and heads alone) %.0f events/s", consume(decoder));
    }
    say("sampler %.0f events/s, %.2f of the bare consumer", sampled, sampled / mean);
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /**
   * Records a second of a consumer with Kafka's own settings that does nothing, or reads heads;
   * from the first records on.
   */
  private double consume(@org.jspecify.annotations.Nullable EventDecoder decoder)
      throws EventRejectedException {
    try (Consumer<byte[], byte[]> consumer = clients.consumer("bare", Map.of())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long startNs = 0;
      int seen = 0;
      while (seen < events) {
        ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofMillis(100));
        seen += polled.count();
        if (decoder != null) {
          for (ConsumerRecord<byte[], byte[]> event : polled) {
            decoder.head(RawEvent.of(event.value(), event.timestamp()));
          }
        }
        startNs = startNs == 0 ? System.nanoTime() : startNs;
      }
      return seen / ((System.nanoTime() - startNs) / 1e9);
    }
  }

  /** Events a second of the sampler, from the first events used to the last commit. */
  private double sample(boolean memory) throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    SamplerRole role = new SamplerRole(config, clients, registry, Clock.systemUTC(), true);
    try (RunningRole running = new RunningRole(role)) {
      long startNs = 0;
      double from = 0;
      long nextMs = 0;
      while (!running.isDone() && running.status().state() != Role.State.DONE) {
        double used =
            registry.find("counterweight.events.sampled").counter() == null
                ? 0
                : registry.get("counterweight.events.sampled").counter().count();
        if (startNs == 0 && used > 0) {
          startNs = System.nanoTime();
          from = used;
        }
        if (memory && System.currentTimeMillis() > nextMs) {
          nextMs = System.currentTimeMillis() + 2000;
          System.gc();
          Runtime runtime = Runtime.getRuntime();
          say(
              "%.0f events, heap %d MiB",
              used, (runtime.totalMemory() - runtime.freeMemory()) >> 20);
        }
        running.hasEndedWithin(Duration.ofMillis(2));
      }
      double seconds = (System.nanoTime() - startNs) / 1e9;
      running.awaitEnd();
      return (events - from) / seconds;
    }
  }

  private void publish() throws Exception {
    try (Admin admin = clients.admin("publish");
        Producer<byte[], byte[]> counter = clients.producer("counter", Map.of());
        Consumer<byte[], byte[]> ends = clients.consumer("ends", Map.of())) {
      TopicSetup setup =
          new TopicSetup(admin, Duration.ofSeconds(30), config.kafka().bootstrapServers());
      setup.ensure(config.topics(), List.of(config.topics().classWeights()));
      TopicSetup.Identity identity = setup.require(config.events().topic());
      SortedMap<Integer, Long> end = new TreeMap<>();
      SortedMap<Integer, Long> from = new TreeMap<>();
      ends.endOffsets(partitions).forEach((p, offset) -> end.put(p.partition(), offset));
      end.keySet().forEach(p -> from.put(p, 0L));
      Snapshot shape = Snapshots.balancedOf(events * (1 - RARE), events * RARE);
      Snapshot snapshot =
          Snapshots.of(
              shape,
              config.job(),
              1,
              config.events().schema().classes(),
              end,
              from,
              end,
              identity.stream());
      counter
          .send(
              new ProducerRecord<>(
                  config.topics().classWeights(), 0, new byte[] {1}, SnapshotJson.write(snapshot)))
          .get();
    }
  }
}
