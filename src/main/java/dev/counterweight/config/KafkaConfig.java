package dev.counterweight.config;

import java.util.Map;

/**
 * How every client reaches the cluster.
 *
 * @param bootstrapServers host:port, comma-separated
 * @param clients client properties passed through from keys under {@code kafka.}, prefix removed
 */
public record KafkaConfig(String bootstrapServers, Map<String, String> clients) {
  public KafkaConfig {
    clients = Map.copyOf(clients);
  }
}
