package dev.counterweight.config;

import java.time.Duration;

/**
 * Where metrics and health are served, and what they call ready.
 *
 * @param host address to bind
 * @param port port to bind; 0 for any free one
 * @param kafkaAway for how long no broker may answer before a process is not ready
 */
public record MetricsConfig(String host, int port, Duration kafkaAway) {
  private static final Duration KAFKA_AWAY = Duration.ofMinutes(1);

  /** With the default of what is ready. */
  public MetricsConfig(String host, int port) {
    this(host, port, KAFKA_AWAY);
  }
}
