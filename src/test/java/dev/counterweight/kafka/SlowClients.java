package dev.counterweight.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that send a request by a byte a second, and begin anew when they are cut off. */
public final class SlowClients implements AutoCloseable {
  private static final byte[] REQUEST =
      ("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Padding: " + "x".repeat(1000))
          .getBytes(UTF_8);

  private final int port;
  private final AtomicLong bytes = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  public SlowClients(int port, int clients) {
    this.port = port;
    for (int i = 0; i < clients; i++) {
      Thread thread = new Thread(this::run, "slow-client");
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Waits until they have sent so many bytes more. */
  public void awaitBytes(int more) {
    long wanted = bytes.get() + more;
    await().atMost(Duration.ofSeconds(30)).until(() -> bytes.get() >= wanted);
  }

  @Override
  public void close() throws InterruptedException {
    closed.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void run() {
    while (closed.getCount() > 0) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        for (byte one : REQUEST) {
          socket.getOutputStream().write(one);
          bytes.incrementAndGet();
          if (closed.await(1, TimeUnit.SECONDS)) {
            return;
          }
        }
      } catch (IOException e) {
        // cut off: begins anew
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
