package dev.counterweight.kafka;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the cluster for itself every few seconds, says once when nobody answers and once when
 * somebody does again (what each client would say by itself is many lines a second), and knows for
 * how long nobody has. Looks by one thread, is asked by any; owns the client.
 */
public final class BrokerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerWatch.class);
  private static final long LOOK_MS = 500;
  private static final long EVERY_MS = 5_000;
  private static final int PATIENCE_MS = 5_000;

  private final Admin admin;
  private final String bootstrapServers;
  private final Ticker ticker;
  private @Nullable Future<?> looks;
  private @Nullable KafkaFuture<String> asked;
  private long askedMs;
  private volatile long answeredMs;
  private volatile boolean away;

  /**
   * @param ticker began when the process did: until the first answer, nobody has answered since
   */
  public BrokerWatch(Admin admin, String bootstrapServers, Ticker ticker) {
    this.admin = admin;
    this.bootstrapServers = bootstrapServers;
    this.ticker = ticker;
  }

  /** Looks now and then, on the scheduler's thread, until closed. */
  public BrokerWatch start(ScheduledExecutorService scheduler) {
    looks = scheduler.scheduleWithFixedDelay(this::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    return this;
  }

  /** Looks at the answer if there is one, and asks again if it is time; never waits. */
  void look() {
    if (asked != null) {
      if (!asked.isDone() || ticker.millis() - askedMs < EVERY_MS) {
        return;
      }
      say(asked.isCompletedExceptionally());
    }
    askedMs = ticker.millis();
    asked = admin.describeCluster(new DescribeClusterOptions().timeoutMs(PATIENCE_MS)).clusterId();
  }

  /** For how long no broker has answered; 0 while one does. */
  public Duration away() {
    return away ? Duration.ofMillis(ticker.millis() - answeredMs) : Duration.ZERO;
  }

  /** Why nothing can be done, in words, once no broker has answered for {@code limit}. */
  public Optional<String> obstacle(Duration limit) {
    Duration now = away();
    return now.compareTo(limit) < 0 || now.isZero()
        ? Optional.empty()
        : Optional.of(
            "no broker of bootstrap.servers=%s has answered for %d s: the roles wait, and go on once one does"
                .formatted(bootstrapServers, now.toSeconds()));
  }

  private void say(boolean failed) {
    if (!failed) {
      // Asked then, not found now: who was held up since is no witness.
      answeredMs = askedMs;
    }
    if (failed && !away) {
      LOG.warn(
          "no broker of bootstrap.servers={} answers: the roles wait, and go on once one does",
          bootstrapServers);
    } else if (!failed && away) {
      LOG.info("a broker of bootstrap.servers={} answers again", bootstrapServers);
    }
    away = failed;
  }

  @Override
  public void close() {
    if (looks != null) {
      looks.cancel(false);
    }
    admin.close(Duration.ZERO);
  }
}
