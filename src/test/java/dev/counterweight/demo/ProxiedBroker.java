package dev.counterweight.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A broker that can be reached by a way that can be cut: connections break in the middle of what
 * they carry and none is made until the way is mended, while the test's own clients, which come
 * directly, notice nothing.
 *
 * <p>Thread-safe.
 */
public final class ProxiedBroker implements AutoCloseable {
  private static final String CUTTABLE = "CUTTABLE";

  private final ServerSocket door;
  private final EmbeddedBroker broker;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean isCut;

  private ProxiedBroker(ServerSocket door, EmbeddedBroker broker) {
    this.door = door;
    this.broker = broker;
    thread(this::accept);
  }

  public static ProxiedBroker start(Path dir) throws IOException {
    ServerSocket door = listen();
    int direct;
    try (ServerSocket free = listen()) {
      direct = free.getLocalPort();
    }
    String advertised =
        "PLAINTEXT://127.0.0.1:%d,%s://127.0.0.1:%d"
            .formatted(direct, CUTTABLE, door.getLocalPort());
    return new ProxiedBroker(
        door,
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
    return "127.0.0.1:" + door.getLocalPort();
  }

  /** Breaks every connection that was made by the way that can be cut, and lets none be made. */
  public void cut() {
    isCut = true;
    open.forEach(ProxiedBroker::close);
  }

  public void mend() {
    isCut = false;
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
    broker.close();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket in = door.accept();
        Socket out = new Socket(InetAddress.getByName("127.0.0.1"), broker.port(CUTTABLE));
        open.add(in);
        open.add(out);
        if (isCut) { // looked at after they were added, so that none is overlooked
          close(in);
          close(out);
        }
        thread(() -> carry(in, out));
        thread(() -> carry(out, in));
      } catch (IOException e) {
        // the test ends, or one connection did not come about
      }
    }
  }

  private void carry(Socket from, Socket to) {
    try (from;
        to) {
      from.setTcpNoDelay(true);
      to.setTcpNoDelay(true);
      InputStream in = from.getInputStream();
      in.transferTo(to.getOutputStream());
    } catch (IOException e) {
      // cut
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "proxy");
    thread.setDaemon(true);
    thread.start();
  }
}
