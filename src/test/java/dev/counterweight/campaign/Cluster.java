package dev.counterweight.campaign;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.Wire;
import dev.counterweight.kafka.KafkaClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.awaitility.Awaitility;

/**
 * Brokers of a cluster, each with a controller, as processes: topics have three replicas of which
 * two must be in sync. Roles come by a {@link Wire} for each broker; the test's own clients come
 * directly.
 *
 * <p>Owned by one thread.
 */
final class Cluster implements AutoCloseable {
  static final int SIZE = 3;

  private final List<BrokerNode> nodes = new ArrayList<>();
  private final Path folder;

  private Cluster(Path folder) {
    this.folder = folder;
  }

  /** Starts all brokers and returns once all of them are there. */
  static Cluster start(Path folder) throws IOException {
    Cluster cluster = new Cluster(folder);
    try {
      int[] ports = freePorts(4 * SIZE);
      for (int i = 0; i < SIZE; i++) {
        int at = 4 * i;
        var own = new BrokerNode.Ports(ports[at], ports[at + 1], ports[at + 2], ports[at + 3]);
        cluster.nodes.add(new BrokerNode(folder.resolve("broker-" + (i + 1)), i + 1, own));
      }
      cluster.format();
      cluster.nodes.forEach(BrokerNode::start);
      cluster.awaitAll();
      return cluster;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void format() throws IOException {
    String id = Uuid.randomUuid().toString();
    String voters = nodes.stream().map(BrokerNode::voter).collect(Collectors.joining(","));
    for (BrokerNode node : nodes) {
      node.format(id, voters);
    }
  }

  /** Clients that no fault of a wire concerns. */
  KafkaClients clients() {
    return new KafkaClients(new KafkaConfig(direct(), Map.of()));
  }

  /** For the test's own clients. */
  String direct() {
    return nodes.stream().map(BrokerNode::direct).collect(Collectors.joining(","));
  }

  /** For roles. */
  String wired() {
    return nodes.stream().map(BrokerNode::wired).collect(Collectors.joining(","));
  }

  Path folder() {
    return folder;
  }

  /** By number from 1; 0 is the one that leads the controllers just now. */
  BrokerNode node(int number) {
    return nodes.get((number == 0 ? leader() : number) - 1);
  }

  private int leader() {
    try (Admin admin = clients().admin("leader")) {
      return admin.describeMetadataQuorum().quorumInfo().get(5, TimeUnit.SECONDS).leaderId();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (Exception e) {
      return 1; // nobody leads, or nobody says so
    }
  }

  /** Ends every fault and returns once all brokers are there. */
  void mend() throws IOException {
    for (BrokerNode node : nodes) {
      node.mend();
    }
    awaitAll();
  }

  private void awaitAll() {
    try (Admin admin = clients().admin("await-all")) {
      Awaitility.await("all brokers")
          .atMost(Duration.ofSeconds(90))
          .pollInterval(Duration.ofMillis(200))
          .ignoreExceptions()
          .until(() -> admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).size() == SIZE);
    }
  }

  @Override
  public void close() {
    nodes.forEach(BrokerNode::close);
  }

  /** Below the range from which the system takes ports of outgoing connections. */
  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      while (held.size() < count) {
        int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
        try {
          held.add(new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1")));
        } catch (IOException e) {
          // taken
        }
      }
      return held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** All that is in a folder, which stays: it may be a disk of its own. */
  static void empty(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var all = Files.list(folder)) {
        for (Path path : all.toList()) {
          delete(path);
        }
      }
    }
  }

  static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (var all = Files.walk(tree)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
