package dev.counterweight.config;

import java.time.Duration;
import java.util.List;

/**
 * Where metrics and health are served, and what they call ready.
 *
 * @param host address to bind
 * @param port port to bind; 0 for any free one
 * @param kafkaAway for how long no broker may answer before a process is not ready
 * @param allowedHosts names it is reached by besides {@code host}, addresses and localhost: a name,
 *     {@code *.domain}, or {@code *} for any
 */
public record MetricsConfig(String host, int port, Duration kafkaAway, List<String> allowedHosts) {
  private static final Duration KAFKA_AWAY = Duration.ofMinutes(1);

  public MetricsConfig {
    allowedHosts = List.copyOf(allowedHosts);
  }

  /** With the default of what is ready, and without names of its own. */
  public MetricsConfig(String host, int port) {
    this(host, port, KAFKA_AWAY, List.of());
  }
}
