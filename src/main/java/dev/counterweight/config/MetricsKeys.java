package dev.counterweight.config;

import java.time.Duration;
import java.util.List;

/** The keys of the pages a process serves. */
final class MetricsKeys {
  static final KeyGroup KEYS = new KeyGroup("Metrics and health");

  private static final Key<String> HOST =
      KEYS.key("metrics.host", "127.0.0.1", Form.text())
          .means("Address that /metrics and /health are served on.");
  private static final Key<Integer> PORT =
      KEYS.key("metrics.port", 9464, Form.whole(0, 65535))
          .means(
              "Port that /metrics, /health and a counter's /counts and /weights are served on; 0"
                  + " takes any free port. Several processes on a host need one each.");
  private static final Key<Long> KAFKA_AWAY =
      KEYS.key("health.kafka.away", "60s", Amount.DURATION.atLeast(1))
          .means(
              "How long no broker may answer before /health/ready says 503. The roles wait"
                  + " meanwhile, and go on once one does.");
  private static final Key<List<String>> ALLOWED_HOSTS =
      KEYS.key("metrics.allowed.hosts", "", Form.hosts())
          .means(
              "Names, besides addresses, localhost and metrics.host, by which the live page,"
                  + " /status, /counts and /weights may be asked for (the request's Host header): a"
                  + " name, *.domain, or * for any. /health is answered under any name, and so is"
                  + " /metrics unless metrics.host is a loopback address.");

  private MetricsKeys() {}

  static MetricsConfig read(Values v) {
    return new MetricsConfig(
        v.get(HOST), v.get(PORT), Duration.ofMillis(v.get(KAFKA_AWAY)), v.get(ALLOWED_HOSTS));
  }
}
