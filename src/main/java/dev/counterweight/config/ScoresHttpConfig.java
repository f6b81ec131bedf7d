package dev.counterweight.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where requests for scores are answered. The token never shows in {@link #toString}.
 *
 * @param host address to bind
 * @param port port to bind; 0 for any free one
 * @param tls certificate and key, or null for plain HTTP
 * @param token that a request must bear, or null if none must
 * @param maxRequestBytes most bytes of a request's body
 * @param maxRows most rows of a request
 */
public record ScoresHttpConfig(
    String host,
    int port,
    @Nullable Tls tls,
    @Nullable String token,
    int maxRequestBytes,
    int maxRows) {

  /**
   * What a server shows and proves who it is by.
   *
   * @param certificate PEM file: the server's certificate, then those that it is signed by
   * @param key PEM file of its private key, not encrypted
   */
  public record Tls(Path certificate, Path key) {}

  @Override
  public String toString() {
    return "ScoresHttpConfig[host=%s, port=%d, tls=%s, token=%s, maxRequestBytes=%d, maxRows=%d]"
        .formatted(
            host, port, tls, token == null ? "none" : KafkaConfig.HIDDEN, maxRequestBytes, maxRows);
  }
}
