package dev.counterweight.demo;

import dev.counterweight.runtime.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The settings of both jobs on the stream of payments: what one would write in their files, which
 * are resources beside this class, and where this run has its broker, registry and folders.
 */
final class PaymentsJobs {
  static final String PAYMENTS = "payments";
  static final String CHARGEBACKS = "chargebacks";
  static final String OK = "ok";
  static final String FRAUD = "fraud";

  /** A payment as a shop asks for its score. */
  static final String QUESTION =
      "{\"amount\": 890.0, \"card\": {\"country\": \"US\", \"last_hour\": 6},"
          + " \"merchant\": {\"id\": \"m11\", \"category\": \"gift_cards\"},"
          + " \"device\": {\"id\": \"d4711\", \"age_days\": 0.2}, \"at\": 1790000000000}";

  /** Where a run has what jobs need. */
  record Places(
      String bootstrapServers,
      URI registry,
      Path folder,
      long seed,
      @Nullable Integer metricsPort) {}

  private PaymentsJobs() {}

  /** Joins labels to their events, learns rebalanced, and scores each payment when it comes. */
  static Map<String, String> rebalanced(Places places) {
    Map<String, String> settings = settings("rebalanced", places);
    settings.put("labels.state.dir", places.folder().resolve("state").toString());
    return settings;
  }

  /** Learns the same labels as they come, every event once, and scores beside it. */
  static Map<String, String> natural(Places places) {
    return settings("natural", places);
  }

  private static Map<String, String> settings(String job, Places places) {
    Map<String, String> settings = new TreeMap<>(resource("payments-events.properties"));
    settings.putAll(resource("payments-" + job + ".properties"));
    settings.put("bootstrap.servers", places.bootstrapServers());
    settings.put("events.schema.registry", places.registry().toString());
    settings.put("seed", Long.toString(places.seed()));
    settings.put("checkpoint.dir", places.folder().resolve("checkpoints").resolve(job).toString());
    if (places.metricsPort() != null) {
      settings.put("metrics.port", Integer.toString(places.metricsPort()));
    }
    return settings;
  }

  private static Map<String, String> resource(String name) {
    Properties properties = new Properties();
    try (InputStream in = Resource.open("/dev/counterweight/demo/" + name)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> settings = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> settings.put(key, properties.getProperty(key)));
    return settings;
  }
}
