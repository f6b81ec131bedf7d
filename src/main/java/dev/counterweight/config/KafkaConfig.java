package dev.counterweight.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How every client reaches the cluster. Values that are secrets never show in {@link #toString}.
 *
 * @param bootstrapServers host:port, comma-separated
 * @param clients client properties passed through from keys under {@code kafka.}, prefix removed
 * @param streams properties of Kafka Streams passed through from keys under {@code kafka.streams.},
 *     prefix removed
 */
public record KafkaConfig(
    String bootstrapServers, Map<String, String> clients, Map<String, String> streams) {
  static final String HIDDEN = "[hidden]";
  private static final Pattern SECRET_KEY =
      Pattern.compile("password|secret|jaas\\.config|keystore\\.key|credential|token");

  /** A value in a JAAS line: quoted, or up to the next blank or semicolon. */
  private static final Pattern JAAS_VALUE = Pattern.compile("=\\s*(\"[^\"]*\"|'[^']*'|[^\\s;]+)");

  private static final int SHORTEST_SECRET = 4;

  public KafkaConfig {
    clients = Map.copyOf(clients);
    streams = Map.copyOf(streams);
  }

  /** Nothing passed to Kafka Streams. */
  public KafkaConfig(String bootstrapServers, Map<String, String> clients) {
    this(bootstrapServers, clients, Map.of());
  }

  /** The protocol that clients speak. */
  public String securityProtocol() {
    return clients.getOrDefault("security.protocol", "PLAINTEXT");
  }

  /** A text with every secret of this configuration, of four characters or more, made illegible. */
  public String masked(String text) {
    String masked = text;
    for (Map<String, String> properties : List.of(clients, streams)) {
      for (Map.Entry<String, String> property : properties.entrySet()) {
        if (isSecret(property.getKey())) {
          masked = hideAll(masked, property.getValue());
        }
      }
    }
    return masked;
  }

  /** The passed-through properties, for people: secrets hidden. */
  @Override
  public String toString() {
    return "KafkaConfig[bootstrapServers=%s, clients=%s, streams=%s]"
        .formatted(bootstrapServers, shown(clients), shown(streams));
  }

  /** Properties for people: secrets hidden. */
  static Map<String, String> shown(Map<String, String> properties) {
    Map<String, String> shown = new TreeMap<>(properties);
    shown.replaceAll((key, value) -> isSecret(key) ? HIDDEN : value);
    return shown;
  }

  private static String hideAll(String text, String value) {
    String hidden = hide(text, value);
    Matcher parts = JAAS_VALUE.matcher(value);
    while (parts.find()) {
      hidden = hide(hidden, parts.group(1).replaceAll("^[\"']|[\"']$", ""));
    }
    return hidden;
  }

  /** Whether the values of a key are secrets, by its name. */
  public static boolean isSecret(String key) {
    return SECRET_KEY.matcher(key.toLowerCase(Locale.ROOT)).find();
  }

  private static String hide(String text, String secret) {
    return secret.length() < SHORTEST_SECRET ? text : text.replace(secret, HIDDEN);
  }
}
