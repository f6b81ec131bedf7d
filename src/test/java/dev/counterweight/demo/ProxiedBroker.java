package dev.counterweight.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;

/**
 * A broker that can be reached by a way that can be cut ({@link Wire}), while the test's own
 * clients, which come directly, notice nothing.
 *
 * <p>Thread-safe.
 */
public final class ProxiedBroker implements AutoCloseable {
  private static final String CUTTABLE = "CUTTABLE";

  private final Wire wire;
  private final EmbeddedBroker broker;

  private ProxiedBroker(Wire wire, EmbeddedBroker broker) {
    this.wire = wire;
    this.broker = broker;
    wire.leadTo(broker.port(CUTTABLE));
  }

  public static ProxiedBroker start(Path dir) throws IOException {
    Wire wire = Wire.closed();
    int direct;
    try (ServerSocket free = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
      direct = free.getLocalPort();
    }
    String advertised =
        "PLAINTEXT://127.0.0.1:%d,%s://127.0.0.1:%d".formatted(direct, CUTTABLE, wire.port());
    return new ProxiedBroker(
        wire,
        EmbeddedBroker.start(
            dir,
            direct,
            Map.of(CUTTABLE, "PLAINTEXT"),
            Map.of("advertised.listeners", advertised)));
  }

  /** For the test's own clients. */
  public String direct() {
    return broker.bootstrapServers();
  }

  /** For those whose connections are to be cut. */
  public String cuttable() {
    return "127.0.0.1:" + wire.port();
  }

  /** Breaks every connection that was made by the way that can be cut, and lets none be made. */
  public void cut() {
    wire.set(Wire.State.CUT);
  }

  public void mend() {
    wire.set(Wire.State.OPEN);
  }

  @Override
  public void close() throws IOException {
    wire.close();
    broker.close();
  }
}
