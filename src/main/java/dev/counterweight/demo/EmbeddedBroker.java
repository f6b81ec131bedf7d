package dev.counterweight.demo;

import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.SharedServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.fault.LoggingFaultHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker, its KRaft controller included, in this JVM: one node, reachable from this
 * machine only. Topics live in a folder and are there again when a broker is started on it later;
 * at most one broker may use a folder at a time. Topics are not created by themselves.
 *
 * <p>Thread-safe; {@link #close} may be called more than once.
 */
public final class EmbeddedBroker implements AutoCloseable {
  /** Partitions of each topic that the broker keeps for groups and transactions. */
  private static final int OWN_PARTITIONS = 4;

  private static final int NODE_ID = 1;
  private static final String CLIENTS = "PLAINTEXT";
  private static final String CONTROLLER = "CONTROLLER";

  private final Metrics metrics = new Metrics();
  private final ControllerServer controller;
  private final BrokerServer broker;
  private final Map<String, Integer> ports;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedBroker(
      Path dir,
      Map<String, ServerSocketChannel> sockets,
      Map<String, String> protocols,
      Map<String, String> more) {
    ports = new TreeMap<>();
    sockets.forEach((listener, socket) -> ports.put(listener, socket.socket().getLocalPort()));
    Properties settings = settings(dir, ports, protocols);
    settings.putAll(more);
    KafkaConfig config = new KafkaConfig(settings);
    var stored = KafkaRaftServer.initializeLogDirs(config, LoggerFactory.getLogger(getClass()), "");
    SharedServer shared =
        new SharedServer(
            config,
            stored._1(),
            Time.SYSTEM,
            metrics,
            CompletableFuture.completedFuture(
                QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
            List.of(),
            // The handlers of a stand-alone server end the process, which is not ours to end.
            (name, fatal, action) -> new LoggingFaultHandler(name, action),
            (listener, address, backlog, receiveBuffer) ->
                Objects.requireNonNull(sockets.get(listener), listener));
    controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), stored._2());
    broker = new BrokerServer(shared);
  }

  /** Starts a broker on any free port. */
  public static EmbeddedBroker start(Path dir) {
    return start(dir, 0);
  }

  /**
   * Starts a broker and returns once it answers, after a few seconds.
   *
   * @param dir where it keeps its data; created and formatted if need be
   * @param port port to listen on; 0 for any free one
   * @throws FailureException if the port is taken or the folder cannot be used
   */
  public static EmbeddedBroker start(Path dir, int port) {
    return start(dir, port, Map.of(), Map.of());
  }

  /**
   * Starts a broker that listens in more ways than in plain text.
   *
   * @param listeners security protocol by listener name; each gets any free port
   * @param more settings that come on top of the broker's own, such as certificates
   */
  public static EmbeddedBroker start(
      Path dir, int port, Map<String, String> listeners, Map<String, String> more) {
    format(dir);
    Map<String, String> protocols = new TreeMap<>(listeners);
    protocols.put(CLIENTS, "PLAINTEXT");
    protocols.put(CONTROLLER, "PLAINTEXT");
    // Bound here and handed over, so that nobody can take the ports between choice and use.
    Map<String, ServerSocketChannel> sockets = new TreeMap<>();
    EmbeddedBroker started = null;
    try {
      for (String listener : protocols.keySet()) {
        sockets.put(listener, bind(listener.equals(CLIENTS) ? port : 0));
      }
      started = new EmbeddedBroker(dir, sockets, protocols, more);
      started.controller.startup();
      started.broker.startup();
      return started;
    } catch (RuntimeException e) {
      if (started != null) {
        started.close();
      }
      sockets.values().forEach(socket -> closeQuietly(socket, e));
      throw new FailureException("cannot start a broker in " + dir + ": " + e.getMessage(), e);
    }
  }

  /**
   * Runs a broker as a process of its own until it is killed: the arguments are the folder and, if
   * wanted, the port. Prints {@code bootstrap.servers=HOST:PORT} when it answers.
   */
  public static void main(String[] args) throws InterruptedException {
    EmbeddedBroker broker =
        start(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 0);
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "broker-shutdown"));
    System.out.println("bootstrap.servers=" + broker.bootstrapServers());
    new CountDownLatch(1).await();
  }

  /**
   * Creates the topics that the broker keeps for groups and transactions: else every client that is
   * the first to ask for them has the broker make them, and warn of the others.
   */
  static void createOwnTopics(TopicSetup topics) {
    for (String own :
        List.of(Topic.GROUP_METADATA_TOPIC_NAME, Topic.TRANSACTION_STATE_TOPIC_NAME)) {
      topics.create(own, OWN_PARTITIONS, Map.of("cleanup.policy", "compact"));
    }
  }

  /** The address for {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return "127.0.0.1:" + port();
  }

  /** The port clients connect to. */
  public int port() {
    return port(CLIENTS);
  }

  /** The port of a listener. */
  int port(String listener) {
    return Objects.requireNonNull(ports.get(listener), listener);
  }

  /** Stops the broker in good order and frees its ports; the folder stays. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      broker.shutdown();
      controller.shutdown();
      metrics.close();
    }
  }

  private static void format(Path dir) {
    if (Files.exists(dir.resolve("meta.properties"))) {
      return;
    }
    try {
      Files.createDirectories(dir);
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(NODE_ID)
          .setClusterId(Uuid.randomUuid().toString())
          .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
          .setControllerListenerName(CONTROLLER)
          .addDirectory(dir.toString())
          .setMetadataLogDirectory(dir.toString())
          .run();
    } catch (Exception e) {
      throw new FailureException(
          "cannot prepare the broker's folder " + dir + ": " + e.getMessage(), e);
    }
  }

  private static ServerSocketChannel bind(int port) {
    IOException last = new IOException("no port tried");
    for (int attempt = 0; attempt < (port == 0 ? 200 : 1); attempt++) {
      // Below the range the system takes outgoing ports from: while a broker restarts, a client
      // that retries on loopback could otherwise be given the broker's own port and keep it.
      int candidate = port == 0 ? ThreadLocalRandom.current().nextInt(20_000, 32_000) : port;
      ServerSocketChannel channel = null;
      try {
        channel = ServerSocketChannel.open();
        channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), candidate));
        channel.configureBlocking(false);
        return channel;
      } catch (IOException e) {
        closeQuietly(channel, e);
        last = e;
      }
    }
    throw new FailureException(
        "cannot listen on 127.0.0.1:" + port + ": " + last.getMessage(), last);
  }

  private static void closeQuietly(@Nullable ServerSocketChannel channel, Exception because) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      because.addSuppressed(new UncheckedIOException(e));
    }
  }

  private static Properties settings(
      Path dir, Map<String, Integer> ports, Map<String, String> protocols) {
    Properties all = new Properties();
    all.putAll(
        Map.of(
            "process.roles",
            "broker,controller",
            "node.id",
            Integer.toString(NODE_ID),
            "controller.quorum.voters",
            NODE_ID + "@127.0.0.1:" + ports.get(CONTROLLER),
            "controller.listener.names",
            CONTROLLER,
            "inter.broker.listener.name",
            CLIENTS,
            "listener.security.protocol.map",
            joined(protocols.keySet(), name -> name + ":" + protocols.get(name)),
            "listeners",
            joined(ports.keySet(), name -> name + "://127.0.0.1:" + ports.get(name)),
            "advertised.listeners",
            joined(
                ports.keySet().stream().filter(name -> !name.equals(CONTROLLER)).toList(),
                name -> name + "://127.0.0.1:" + ports.get(name)),
            "log.dirs",
            dir.toAbsolutePath().toString(),
            "auto.create.topics.enable",
            "false"));
    all.putAll(
        Map.of(
            "offsets.topic.replication.factor", "1",
            "offsets.topic.num.partitions", Integer.toString(OWN_PARTITIONS),
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "transaction.state.log.num.partitions", Integer.toString(OWN_PARTITIONS),
            "share.coordinator.state.topic.replication.factor", "1",
            "share.coordinator.state.topic.min.isr", "1",
            "share.coordinator.state.topic.num.partitions", "1",
            "group.initial.rebalance.delay.ms", "0",
            "group.min.session.timeout.ms", "1000"));
    // Sized for one small machine: the cleaner alone would take 128 MiB of heap.
    all.putAll(
        Map.of(
            "log.cleaner.dedupe.buffer.size", "8388608",
            "num.network.threads", "2",
            "num.io.threads", "4",
            "background.threads", "2",
            "num.recovery.threads.per.data.dir", "1"));
    return all;
  }

  private static String joined(Collection<String> listeners, UnaryOperator<String> each) {
    return listeners.stream().map(each).collect(Collectors.joining(","));
  }
}
