package dev.counterweight.speed;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
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
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;

/**
 * What a role is measured on by hand: a broker in a process of its own, a folder, and clients.
 * Folder and broker are gone when it is closed. Not thread-safe.
 */
public final class Workbench implements AutoCloseable {
  private static final int BROKER_HEAP_MIB = 1024;

  /** A rate begins where something is seen to run. */
  private static final Duration LOOK = Duration.ofMillis(1);

  private final Path dir;
  private final BrokerHandle broker;
  private final KafkaClients clients;

  private Workbench(Path dir, BrokerHandle broker, KafkaClients clients) {
    this.dir = dir;
    this.broker = broker;
    this.clients = clients;
  }

  /**
   * Sets one up.
   *
   * @param name what the folder's name begins with
   * @param job of whose settings clients are, by the address of the broker and the folder
   */
  public static Workbench start(String name, BiFunction<String, Path, JobConfig> job)
      throws IOException {
    Path dir = Files.createTempDirectory(name);
    BrokerHandle broker =
        BrokerHandle.start(Files.createDirectories(dir.resolve("broker")), BROKER_HEAP_MIB);
    JobConfig config = job.apply(broker.bootstrap(), dir);
    return new Workbench(dir, broker, new KafkaClients(config.kafka()));
  }

  public Path dir() {
    return dir;
  }

  public String bootstrap() {
    return broker.bootstrap();
  }

  public KafkaClients clients() {
    return clients;
  }

  public void create(String topic, int partitions) throws Exception {
    try (Admin admin = clients.admin("create")) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  /** Sends so many records, each of a key of its own, by what their number gives. */
  public void fill(String topic, int records, IntFunction<byte[]> values) {
    try (Producer<byte[], byte[]> producer = clients.producer("fill", Map.of("linger.ms", 20))) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topic, ("k" + i).getBytes(UTF_8), values.apply(i)));
      }
    }
  }

  /** Waits until a group has committed so many records, all its topics together. */
  public void awaitCommitted(String group, long records) throws Exception {
    awaitCommitted(group, records, () -> {});
  }

  /**
   * @param look is done again and again meanwhile
   */
  public void awaitCommitted(String group, long records, Runnable look) throws Exception {
    try (Admin admin = clients.admin("watch")) {
      long committed = 0;
      while (committed < records) {
        pause();
        look.run();
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

  /** A map of Kafka Streams that writes its records on as they are. */
  public static final class Copy extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      context().forward(record);
    }
  }

  /**
   * How many seconds a map of Kafka Streams takes to read and commit so many records, from its
   * running state on.
   *
   * @param id its group, and what the topic that it writes begins with
   * @param partitions of that topic
   * @param settings those of the role that it is compared with
   * @param look is done again and again meanwhile
   */
  public double mapSeconds(
      String id,
      List<String> topics,
      int partitions,
      ProcessorSupplier<byte[], byte[], byte[], byte[]> map,
      Map<String, Object> settings,
      long records,
      Runnable look)
      throws Exception {
    create(id + "-output", partitions);
    Topology topology =
        new Topology()
            .addSource(
                AutoOffsetReset.earliest(),
                "source",
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topics.toArray(String[]::new))
            .addProcessor("map", map, "source")
            .addSink(
                "sink",
                id + "-output",
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                "map");
    Map<String, Object> all = new HashMap<>(settings);
    all.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve(id).toString());
    try (KafkaStreams streams = new KafkaStreams(topology, clients.streams(id, all))) {
      streams.start();
      while (streams.state() != KafkaStreams.State.RUNNING) {
        LockSupport.parkNanos(LOOK.toNanos());
      }
      long beforeNs = System.nanoTime();
      awaitCommitted(id, records, look);
      return since(beforeNs);
    }
  }

  public static void awaitRunning(RunningRole role) {
    while (role.status().state() != Role.State.RUNNING) {
      if (role.status().state() == Role.State.FAILED) {
        throw new IllegalStateException(role.status().detail());
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /** Processor time that this process and the broker have taken so far, in seconds. */
  public double processorS() {
    return Stream.of(ProcessHandle.current(), ProcessHandle.of(broker.pid()).orElseThrow())
        .mapToDouble(
            process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9)
        .sum();
  }

  /** Seconds since then. */
  public static double since(long ns) {
    return (System.nanoTime() - ns) / 1e9;
  }

  public static void pause() {
    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
  }

  @Override
  public void close() throws IOException {
    broker.close();
    Utils.delete(dir.toFile());
  }
}
