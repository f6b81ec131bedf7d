package dev.counterweight.config;

import dev.counterweight.event.Suggestion;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The keys that go to Kafka's clients and to the roles' Kafka Streams, without their prefix: all
 * but those that would break a guarantee.
 */
final class ClientKeys {
  static final String PREFIX = "kafka.";
  static final String STREAMS_PREFIX = "kafka.streams.";

  /** Set by the roles themselves: the guarantees rest on them. */
  private static final Set<String> REFUSED_CLIENT_KEYS =
      Set.of(
          "bootstrap.servers",
          "isolation.level",
          "enable.auto.commit",
          "group.id",
          "application.id",
          "transactional.id",
          "acks",
          "enable.idempotence",
          "auto.offset.reset",
          "processing.guarantee");

  /** Kafka Streams hands a client the keys under its prefix: refused ones stay refused there. */
  private static final Pattern CLIENT_OF_STREAMS =
      Pattern.compile("^((main\\.|restore\\.|global\\.)?consumer|producer|admin)\\.");

  private static final ConfigDef STREAMS = StreamsConfig.configDef();

  /** What Kafka Streams hands on to its clients and internal topics, without checking it. */
  private static final Pattern HANDED_ON =
      Pattern.compile("((main\\.|restore\\.|global\\.)?consumer|producer|admin|topic)\\..+");

  private static final Set<String> SET_BY_ITSELF =
      Set.of(
          StreamsConfig.APPLICATION_ID_CONFIG,
          StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
          StreamsConfig.CLIENT_ID_CONFIG,
          StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
          StreamsConfig.GROUP_PROTOCOL_CONFIG,
          StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG,
          StreamsConfig.DEFAULT_CLIENT_SUPPLIER_CONFIG,
          StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG,
          StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG,
          "topic.cleanup.policy",
          "topic.message.timestamp.type");

  /** Handlers that may answer "continue": for a counter that means to count wrong in silence. */
  private static final Pattern MAY_PASS_OVER =
      Pattern.compile(
          "(default\\.)?(deserialization|production|processing)\\.exception\\.handler.*");

  private static final Set<String> CACHE_SIZE =
      Set.of(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "cache.max.bytes.buffering");

  private ClientKeys() {}

  /** Tells of each key that is unknown, refused or has a value that cannot be. */
  static void check(Map<String, String> clients, Map<String, String> streams, Problems problems) {
    checkStreams(streams, problems);
    clients.keySet().stream()
        .filter(ClientKeys::refused)
        .forEach(key -> problems.add(setByItself(PREFIX + key)));
    streams.keySet().stream()
        .filter(key -> CLIENT_OF_STREAMS.matcher(key).find() && refused(key))
        .forEach(key -> problems.add(setByItself(STREAMS_PREFIX + key)));
  }

  private static boolean refused(String key) {
    return REFUSED_CLIENT_KEYS.contains(CLIENT_OF_STREAMS.matcher(key).replaceFirst(""));
  }

  private static String setByItself(String key) {
    return "key '" + key + "' is set by Counterweight itself: remove it";
  }

  private static void checkStreams(Map<String, String> settings, Problems problems) {
    Map<String, String> known = new HashMap<>();
    settings.forEach(
        (key, value) -> {
          if (SET_BY_ITSELF.contains(key)) {
            problems.add(setByItself(STREAMS_PREFIX + key));
          } else if (MAY_PASS_OVER.matcher(key).matches()) {
            problems.add(
                name(key)
                    + " cannot be set: events that cannot be read are passed over and become dead"
                    + " letters; after any other failure a count would be wrong, so the counter"
                    + " stops and resumes");
          } else if (CACHE_SIZE.contains(key) && value.strip().equals("0")) {
            problems.add(
                name(key)
                    + "=0: must be above 0, or each event would write a row to the changelog");
          } else if (STREAMS.names().contains(key)) {
            known.put(key, value);
          } else if (!HANDED_ON.matcher(key).matches()) {
            problems.add(unknown(key));
          }
        });
    Map<String, ConfigValue> checked = STREAMS.validateAll(known);
    known.keySet().stream()
        .flatMap(key -> checked.getOrDefault(key, new ConfigValue(key)).errorMessages().stream())
        .forEach(error -> problems.add(STREAMS_PREFIX + "*: " + error));
  }

  private static String unknown(String key) {
    return "unknown "
        + name(key)
        + Suggestion.closest(key, STREAMS.names())
            .map(closest -> ": did you mean '" + STREAMS_PREFIX + closest + "'?")
            .orElse(": Kafka Streams knows no '" + key + "'");
  }

  private static String name(String key) {
    return "key '" + STREAMS_PREFIX + key + "'";
  }
}
