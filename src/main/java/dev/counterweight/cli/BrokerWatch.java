package dev.counterweight.cli;

import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the cluster for itself now and then, and says once when nobody answers and once when
 * somebody does again: what each client would say by itself is many lines a second. Used by one
 * thread; owns the client.
 */
final class BrokerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerWatch.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final int PATIENCE_MS = 5_000;

  private final Admin admin;
  private final String bootstrapServers;
  private @Nullable KafkaFuture<String> asked;
  private long askedNs;
  private boolean away;

  BrokerWatch(Admin admin, String bootstrapServers) {
    this.admin = admin;
    this.bootstrapServers = bootstrapServers;
  }

  /** Looks at the answer if there is one, and asks again if it is time; never waits. */
  void look() {
    if (asked != null && !asked.isDone()) {
      return;
    }
    if (asked != null && System.nanoTime() - askedNs < EVERY.toNanos()) {
      return;
    }
    if (asked != null) {
      say(asked.isCompletedExceptionally());
    }
    askedNs = System.nanoTime();
    asked = admin.describeCluster(new DescribeClusterOptions().timeoutMs(PATIENCE_MS)).clusterId();
  }

  private void say(boolean failed) {
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
    admin.close(Duration.ZERO);
  }
}
