package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;

/** A short-lived look at the job's cluster. */
final class Cluster implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Admin admin;
  private final TopicSetup topics;

  Cluster(JobConfig config) {
    this.admin = new KafkaClients(config.kafka()).admin(config.job() + ".cli");
    this.topics = new TopicSetup(new AdminCalls(admin, TIMEOUT, config.kafka()));
  }

  TopicSetup topics() {
    return topics;
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
