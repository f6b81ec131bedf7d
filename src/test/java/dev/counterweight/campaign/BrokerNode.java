package dev.counterweight.campaign;

import dev.counterweight.cli.ChildJvm;
import dev.counterweight.demo.Wire;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.jspecify.annotations.Nullable;

/** One broker with its controller: a process, its folder, and the way by which roles come. */
final class BrokerNode implements AutoCloseable {
  private static final int HEAP_MIB = 384;

  /** Small, and quick to notice that somebody is away. */
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("process.roles", "broker,controller"),
          Map.entry("controller.listener.names", "CONTROLLER"),
          Map.entry("inter.broker.listener.name", "PEERS"),
          Map.entry(
              "listener.security.protocol.map",
              "DIRECT:PLAINTEXT,WIRED:PLAINTEXT,PEERS:PLAINTEXT,CONTROLLER:PLAINTEXT"),
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("default.replication.factor", "3"),
          Map.entry("min.insync.replicas", "2"),
          Map.entry("offsets.topic.replication.factor", "3"),
          Map.entry("offsets.topic.num.partitions", "3"),
          Map.entry("transaction.state.log.replication.factor", "3"),
          Map.entry("transaction.state.log.min.isr", "2"),
          Map.entry("transaction.state.log.num.partitions", "3"),
          Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
          Map.entry("share.coordinator.state.topic.num.partitions", "1"),
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          Map.entry("group.min.session.timeout.ms", "1000"),
          Map.entry("broker.session.timeout.ms", "4000"),
          Map.entry("broker.heartbeat.interval.ms", "500"),
          Map.entry("controller.quorum.election.timeout.ms", "1000"),
          Map.entry("controller.quorum.fetch.timeout.ms", "2000"),
          Map.entry("replica.lag.time.max.ms", "5000"),
          Map.entry("log.cleaner.dedupe.buffer.size", "8388608"),
          Map.entry("log.segment.delete.delay.ms", "1000"),
          Map.entry("num.network.threads", "2"),
          Map.entry("num.io.threads", "4"),
          Map.entry("background.threads", "2"),
          Map.entry("num.recovery.threads.per.data.dir", "1"));

  /** Of its logs, in memory: what the jobs of a campaign write is deleted after each. */
  private static final int DISK_MIB = 256;

  private final Path dir;
  private final int number;
  private final Ports ports;
  private final Wire wire;
  private final Wire peers;
  private final Wire controllers;
  private final @Nullable SmallDisk disk;
  private @Nullable ChildJvm process;
  private boolean paused;

  /** Where it listens: for the test's own clients, and at the far ends of its wires. */
  record Ports(int direct, int wired, int peers, int controller) {}

  /**
   * @param dir of its own, which is made
   * @param number from 1
   */
  BrokerNode(Path dir, int number, Ports ports) throws IOException {
    this.dir = dir;
    this.number = number;
    this.ports = ports;
    this.wire = Wire.to(ports.wired());
    this.peers = Wire.to(ports.peers());
    this.controllers = Wire.to(ports.controller());
    this.disk = SmallDisk.mount(data(), DISK_MIB);
  }

  /** Makes its file of settings, and its folder of logs ready. */
  void format(String clusterId, String voters) throws IOException {
    settle(voters);
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(number)
          .setClusterId(clusterId)
          .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
          .setControllerListenerName("CONTROLLER")
          .addDirectory(data().toString())
          .setMetadataLogDirectory(data().toString())
          .run();
    } catch (Exception e) {
      throw new IOException("cannot prepare " + dir, e);
    }
  }

  private void settle(String voters) throws IOException {
    Map<String, String> all = new TreeMap<>(SETTINGS);
    all.put("node.id", Integer.toString(number));
    all.put("controller.quorum.voters", voters);
    all.put(
        "listeners",
        "DIRECT://127.0.0.1:%d,WIRED://127.0.0.1:%d,PEERS://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
            .formatted(ports.direct(), ports.wired(), ports.peers(), ports.controller()));
    all.put(
        "advertised.listeners",
        "DIRECT://%s,WIRED://%s,PEERS://127.0.0.1:%d".formatted(direct(), wired(), peers.port()));
    all.put("log.dirs", data().toString());
    Files.write(
        dir.resolve("server.properties"),
        all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }

  private Path data() {
    return dir.resolve("data");
  }

  /** As others find its controller. */
  String voter() {
    return "%d@127.0.0.1:%d".formatted(number, controllers.port());
  }

  String direct() {
    return "127.0.0.1:" + ports.direct();
  }

  String wired() {
    return "127.0.0.1:" + wire.port();
  }

  Wire wire() {
    return wire;
  }

  /** Starts it, where it does not run. */
  void start() {
    if (process != null && process.running()) {
      return;
    }
    process =
        ChildJvm.program(
            dir.resolve("log"),
            HEAP_MIB,
            List.of(),
            "kafka.Kafka",
            List.of(dir.resolve("server.properties").toString()));
  }

  /** kill -9: what starts again finds its logs as an unclean end leaves them. */
  void kill() {
    paused = false;
    if (process != null) {
      process.close();
    }
  }

  void pause() {
    if (process != null && process.running()) {
      paused = true;
      process.pause();
    }
  }

  void resume() {
    if (paused && process != null) {
      paused = false;
      process.resume();
    }
  }

  /** What becomes of what other brokers and controllers ask of it. */
  void peers(Wire.State state) {
    peers.set(state);
    controllers.set(state);
  }

  /** It ends then, sooner or later. */
  void fillDisk() {
    if (disk != null) {
      disk.fill();
    }
  }

  void freeDisk() {
    if (disk != null) {
      disk.free();
      start();
    }
  }

  /** Ends every fault. */
  void mend() {
    wire.set(Wire.State.OPEN);
    peers(Wire.State.OPEN);
    resume();
    freeDisk();
    start();
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
    try {
      wire.close();
      peers.close();
      controllers.close();
      if (disk != null) {
        disk.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
