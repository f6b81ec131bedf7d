package dev.counterweight.config;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A schema registry and how to reach it. Secrets never show in {@link #toString}.
 *
 * @param url base of Confluent's REST API
 * @param user for basic authentication; null for none
 * @param token for bearer authentication; null for none
 * @param timeout for one answer, from the connection on
 * @param ssl trust and key stores, under the names of Kafka's {@code ssl.*} settings; empty for
 *     those that Java has
 */
public record RegistryConfig(
    URI url,
    @Nullable String user,
    @Nullable String password,
    @Nullable String token,
    Duration timeout,
    Map<String, String> ssl) {

  public RegistryConfig {
    ssl = Map.copyOf(ssl);
  }

  /** One that asks for no authentication. */
  public RegistryConfig(URI url, Duration timeout) {
    this(url, null, null, null, timeout, Map.of());
  }

  @Override
  public String toString() {
    return "RegistryConfig[url=%s, user=%s, password=%s, token=%s, timeout=%s, ssl=%s]"
        .formatted(url, user, hidden(password), hidden(token), timeout, KafkaConfig.shown(ssl));
  }

  private static @Nullable String hidden(@Nullable String secret) {
    return secret == null ? null : KafkaConfig.HIDDEN;
  }
}
