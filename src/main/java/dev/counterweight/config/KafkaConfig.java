package dev.counterweight.config;

import java.util.Map;

/**
 * How every client reaches the cluster.
 *
 * @param bootstrapServers host:port, comma-separated
 * @param clients client properties passed through from keys under {@code kafka.}, prefix removed
 * @param streams properties of Kafka Streams passed through from keys under {@code kafka.streams.},
 *     prefix removed
 */
public record KafkaConfig(
    String bootstrapServers, Map<String, String> clients, Map<String, String> streams) {
  public KafkaConfig {
    clients = Map.copyOf(clients);
    streams = Map.copyOf(streams);
  }

  /** Nothing passed to Kafka Streams. */
  public KafkaConfig(String bootstrapServers, Map<String, String> clients) {
    this(bootstrapServers, clients, Map.of());
  }
}
