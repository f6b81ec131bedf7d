package dev.counterweight.config;

/**
 * Where metrics and health are served.
 *
 * @param host address to bind
 * @param port port to bind; 0 for any free one
 */
public record MetricsConfig(String host, int port) {}
