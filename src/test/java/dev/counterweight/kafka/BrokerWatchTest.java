package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BrokerWatchTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private final AtomicLong nowMs = new AtomicLong();

  @Test
  void aBrokerNeverHeardOfIsAwaySinceTheStartAndAnObstacleFromTheLimitOn() throws Exception {
    String nobody = "127.0.0.1:" + freePort();
    Ticker ticker = new Ticker(() -> TimeUnit.MILLISECONDS.toNanos(nowMs.get()));
    try (BrokerWatch watch =
        new BrokerWatch(Admin.create(Map.of("bootstrap.servers", nobody)), nobody, ticker)) {
      watch.look();
      assertThat(watch.away()).as("not known yet").isZero();
      assertThat(watch.obstacle(LIMIT)).isEmpty();

      nowMs.set(20_000);
      await("nobody answers")
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                watch.look();
                return !watch.away().isZero();
              });
      assertThat(watch.away()).isEqualTo(Duration.ofSeconds(20));
      assertThat(watch.obstacle(LIMIT)).isEmpty();

      nowMs.set(75_000);
      assertThat(watch.obstacle(LIMIT))
          .hasValueSatisfying(words -> assertThat(words).contains(nobody, "for 75 s"));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
