package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.speed.Workbench;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Speed and freshness of the counter beside a bare consumer, on a broker in a process of its own.
 * Run by hand, from the classes of the tests:
 *
 * <pre>
 * CounterBenchmark speed EVENTS PARTITIONS CLASSES ROUNDS [KEY=VALUE ...]
 * CounterBenchmark freshness EVENTS_A_SECOND SECONDS INTERVAL_MS
 * </pre>
 *
 * <p>Speed: events of 124 bytes (30 features and the class as float32); in each round a bare poll
 * loop reads them all, a new job counts them all, exactly once, publishing by the default pace, and
 * the poll loop reads them again, so that a machine that slows down slows both; rates are from the
 * first record or the running state to the last record or the snapshot that covers it, and the
 * ratio is theirs. Before it stands which share of the time Kafka Streams polled, processed and
 * committed. Freshness: every event's time from its send to the moment at which a reader has the
 * first snapshot that covers it.
 */
final class CounterBenchmark {
  private static final int FEATURES = 30;
  private static final String[] THREAD_METRICS = {
    "poll-ratio",
    "process-ratio",
    "commit-ratio",
    "punctuate-ratio",
    "poll-records-avg",
    "poll-latency-avg",
    "commit-latency-avg",
    "commit-latency-max",
    "commit-total"
  };
  private static final Duration POLL = Duration.ofMillis(100);

  private final Workbench bench;
  private final KafkaClients clients;

  private CounterBenchmark(Workbench bench) {
    this.bench = bench;
    this.clients = bench.clients();
  }

  public static void main(String[] args) throws Exception {
    int[] numbers =
        Arrays.stream(args)
            .skip(1)
            .filter(arg -> !arg.contains("="))
            .mapToInt(Integer::parseInt)
            .toArray();
    Map<String, String> more =
        Arrays.stream(args)
            .filter(arg -> arg.contains("="))
            .map(arg -> arg.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    try (Workbench bench =
        Workbench.start(
            "counter-benchmark", (bootstrap, dir) -> config("unused", bootstrap, 2, Map.of()))) {
      CounterBenchmark benchmark = new CounterBenchmark(bench);
      if (args[0].equals("speed")) {
        benchmark.speed(numbers[0], numbers[1], numbers[2], numbers[3], more);
      } else {
        benchmark.freshness(numbers[0], numbers[1], numbers[2]);
      }
    }
    System.exit(0);
  }

  private void speed(int events, int partitions, int classes, int rounds, Map<String, String> more)
      throws Exception {
    bench.create("events", partitions);
    fill(events, partitions, classes);
    bare("events", events); // warms the page cache
    for (int round = 0; round < rounds; round++) {
      double before = bare("events", events);
      double counted = count(config("speed" + round, bench.bootstrap(), classes, more), events);
      double after = bare("events", events);
      double bare = 2 / (1 / before + 1 / after);
      Runtime runtime = Runtime.getRuntime();
      System.gc();
      System.out.printf(
          "%d events, %d partitions, %d classes: bare %.0f and %.0f/s, counter %.0f/s, ratio %.3f,"
              + " heap after %.0f MiB%n",
          events,
          partitions,
          classes,
          before,
          after,
          counted,
          counted / bare,
          (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0);
    }
  }

  private double bare(String topic, int events) {
    try (Consumer<byte[], byte[]> consumer = clients.consumer("bare", Map.of())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long read = 0;
      long startNs = 0;
      while (read < events) {
        int count = consumer.poll(POLL).count();
        if (read == 0 && count > 0) {
          startNs = System.nanoTime();
        }
        read += count;
      }
      return events / ((System.nanoTime() - startNs) / 1e9);
    }
  }

  private double count(JobConfig config, int events) throws Exception {
    RunningRole role =
        new RunningRole(
            new CounterRole(config, clients, new SimpleMeterRegistry(), Clock.systemUTC(), false));
    Workbench.awaitRunning(role);
    long startNs = System.nanoTime();
    while (published(role) < events) {
      Thread.sleep(1);
    }
    double seconds = (System.nanoTime() - startNs) / 1e9;
    printThreads();
    role.drain();
    role.awaitEnd();
    return events / seconds;
  }

  /** Where the threads of Kafka Streams were, as it measures it itself. */
  private static void printThreads() throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    for (ObjectName thread :
        server.queryNames(new ObjectName("kafka.streams:type=stream-thread-metrics,*"), null)) {
      String values =
          server.getAttributes(thread, THREAD_METRICS).asList().stream()
              .map(metric -> "%s %.2f".formatted(metric.getName(), (Double) metric.getValue()))
              .collect(Collectors.joining(", "));
      System.out.println(values);
    }
  }

  private static long published(RunningRole role) {
    return role.summary().get("counts") instanceof Map<?, ?> counts
        ? counts.values().stream().mapToLong(n -> n instanceof Long of ? of : 0).sum()
        : 0;
  }

  private void freshness(int perSecond, int seconds, int intervalMs) throws Exception {
    int partitions = 6;
    bench.create("events", partitions);
    JobConfig config =
        config("fresh", bench.bootstrap(), 2, Map.of("weights.update.interval", intervalMs + "ms"));
    RunningRole role =
        new RunningRole(
            new CounterRole(config, clients, new SimpleMeterRegistry(), Clock.systemUTC(), false));
    Workbench.awaitRunning(role);
    int perPartition = perSecond / partitions * seconds;
    long[][] sentNs = new long[partitions][perPartition];
    CompletableFuture<Void> sending =
        CompletableFuture.runAsync(() -> sendAtRate(perSecond, partitions, sentNs));
    double[] waitedMs = awaitCovered("fresh.class-weights", sentNs);
    sending.get();
    role.drain();
    role.awaitEnd();
    // The first seconds are those of a JVM that is not warm.
    System.out.printf(
        "%d events/s, interval %d ms: appended to covered p50 %.0f ms, p99 %.0f ms, p99 %.2f"
            + " intervals, longest %.0f ms%n",
        perSecond,
        intervalMs,
        waitedMs[waitedMs.length / 2],
        waitedMs[(int) (waitedMs.length * 0.99)],
        waitedMs[(int) (waitedMs.length * 0.99)] / intervalMs,
        waitedMs[waitedMs.length - 1]);
  }

  private void sendAtRate(int perSecond, int partitions, long[][] sentNs) {
    byte[] value = event(new Random(1), 2);
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of("linger.ms", 5))) {
      long startNs = System.nanoTime();
      for (int i = 0; i < sentNs[0].length; i++) {
        long dueNs = startNs + (long) (i * 1e9 * partitions / perSecond);
        // A sender that spins takes one of few cores from what is measured.
        while (System.nanoTime() < dueNs) {
          LockSupport.parkNanos(1_000_000);
        }
        for (int p = 0; p < partitions; p++) {
          sentNs[p][i] = System.nanoTime();
          producer.send(new ProducerRecord<>("events", p, null, value));
        }
      }
    }
  }

  /** Milliseconds from send to cover of every event after the first five seconds, sorted. */
  private double[] awaitCovered(String topic, long[][] sentNs) {
    TopicPartition log = new TopicPartition(topic, 0);
    int[] seen = new int[sentNs.length];
    double[] waited = new double[sentNs.length * sentNs[0].length];
    int n = 0;
    long warmNs = System.nanoTime() + 5_000_000_000L;
    try (Consumer<byte[], byte[]> consumer = clients.consumer("look", Map.of())) {
      consumer.assign(List.of(log));
      consumer.seekToBeginning(List.of(log));
      while (IntStream.range(0, seen.length).anyMatch(p -> seen[p] < sentNs[p].length)) {
        for (var record : consumer.poll(POLL)) {
          Snapshot snapshot = SnapshotJson.read(record.value());
          long nowNs = System.nanoTime();
          for (int p = 0; p < seen.length; p++) {
            for (; seen[p] < snapshot.offsets().covered().getOrDefault(p, 0L); seen[p]++) {
              if (sentNs[p][seen[p]] > warmNs) {
                waited[n++] = (nowNs - sentNs[p][seen[p]]) / 1e6;
              }
            }
          }
        }
      }
    }
    double[] sorted = Arrays.copyOf(waited, n);
    Arrays.sort(sorted);
    return sorted;
  }

  private void fill(int events, int partitions, int classes) {
    Random random = new Random(7);
    byte[][] values = new byte[4096][];
    for (int i = 0; i < values.length; i++) {
      values[i] = event(random, classes);
    }
    try (Producer<byte[], byte[]> producer =
        clients.producer("fill", Map.of("linger.ms", 20, "batch.size", 131_072))) {
      for (int i = 0; i < events; i++) {
        producer.send(
            new ProducerRecord<>("events", i % partitions, null, values[i % values.length]));
      }
    }
  }

  /** One event in a hundred is not of class 0. */
  private static byte[] event(Random random, int classes) {
    ByteBuffer bytes =
        ByteBuffer.allocate((FEATURES + 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < FEATURES; i++) {
      bytes.putFloat((float) random.nextGaussian());
    }
    bytes.putFloat(random.nextInt(100) == 0 ? 1 + random.nextInt(classes - 1) : 0);
    return bytes.array();
  }

  private static JobConfig config(
      String job, String bootstrap, int classes, Map<String, String> more) {
    Map<String, String> values =
        new java.util.HashMap<>(
            Map.of(
                "job",
                job,
                "bootstrap.servers",
                bootstrap,
                "events.topic",
                "events",
                "events.format",
                "float32",
                "events.label",
                "class",
                "events.classes",
                names("c", classes),
                "events.features",
                names("x", FEATURES),
                "checkpoint.dir",
                "unused"));
    values.putAll(more);
    return JobConfigLoader.load(values);
  }

  private static String names(String prefix, int n) {
    return IntStream.range(0, n).mapToObj(i -> prefix + i).collect(Collectors.joining(","));
  }
}
