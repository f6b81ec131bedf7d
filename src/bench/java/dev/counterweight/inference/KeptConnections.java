package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Locale;

/** Connections that are kept, each asking again as soon as it is answered; one thread for all. */
final class KeptConnections {
  private static final int MOST = 4_000_000;
  private static final double WARM = 0.3;

  private KeptConnections() {}

  /**
   * What was measured.
   *
   * @param processorUs time of a processor that all other threads of this process took a request
   * @param answerBytes of a body
   */
  record Figures(
      double perSecond, double p50Ms, double p99Ms, double processorUs, int answerBytes) {}

  private static final class Connection {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 16);
    private long sinceNs;
    private int body;

    Connection(int port) throws IOException {
      channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
    }

    void ask(byte[] request) throws IOException {
      in.clear();
      sinceNs = System.nanoTime();
      ByteBuffer out = ByteBuffer.wrap(request);
      while (out.hasRemaining()) {
        channel.write(out);
      }
    }

    /** Whether the whole answer is there. */
    boolean read() throws IOException {
      if (channel.read(in) < 0) {
        throw new IOException("the server hung up");
      }
      byte[] bytes = in.array();
      for (int at = 0; at + 3 < in.position(); at++) {
        if (bytes[at] == '\r' && bytes[at + 2] == '\r') {
          String head = new String(bytes, 0, at, ISO_8859_1).toLowerCase(Locale.ROOT);
          if (!head.startsWith("http/1.1 200")) {
            throw new IOException(new String(bytes, 0, in.position(), ISO_8859_1));
          }
          int from = head.indexOf("content-length: ") + 16;
          int to = head.indexOf('\r', from);
          body = Integer.parseInt(head.substring(from, to < 0 ? head.length() : to));
          return in.position() >= at + 4 + body;
        }
      }
      return false;
    }
  }

  /** Asks for so many seconds; the first part of it does not count. */
  static Figures ask(int port, int connections, byte[] request, double seconds) throws IOException {
    long[] latencies = new long[MOST];
    int count = 0;
    int body = 0;
    double processorUs;
    try (Selector selector = Selector.open()) {
      for (int c = 0; c < connections; c++) {
        Connection connection = new Connection(port);
        connection.channel.register(selector, SelectionKey.OP_READ, connection);
        connection.ask(request);
      }
      long asked = 0;
      long processorNs = others();
      long startNs = System.nanoTime();
      long warmNs = startNs + (long) (WARM * seconds * 1e9);
      long endNs = startNs + (long) (seconds * 1e9);
      while (System.nanoTime() - endNs < 0) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          Connection connection = (Connection) key.attachment();
          if (connection.read()) {
            long nowNs = System.nanoTime();
            if (nowNs - warmNs > 0 && count < MOST) {
              latencies[count++] = nowNs - connection.sinceNs;
            }
            body = connection.body;
            asked++;
            connection.ask(request);
          }
        }
        selector.selectedKeys().clear();
      }
      processorUs = asked == 0 ? 0 : (others() - processorNs) / 1e3 / asked;
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    }
    long[] sorted = Arrays.copyOf(latencies, count);
    Arrays.sort(sorted);
    return new Figures(
        count / ((1 - WARM) * seconds),
        count == 0 ? 0 : sorted[count / 2] / 1e6,
        count == 0 ? 0 : sorted[(int) (count * 0.99)] / 1e6,
        processorUs,
        body);
  }

  private static long others() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getAllThreadIds())
        .filter(id -> id != Thread.currentThread().getId())
        .map(threads::getThreadCpuTime)
        .filter(ns -> ns > 0)
        .sum();
  }
}
