package dev.counterweight.demo;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings of both jobs on the stream of payments: what one would write in their files, which
 * are resources beside this class, and where this run has its registry and state.
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

  private PaymentsJobs() {}

  /** Joins labels to their events, learns rebalanced, and scores each payment when it comes. */
  static Map<String, String> rebalanced(URI registry, Path state) {
    Map<String, String> settings = settings("rebalanced", registry);
    settings.put("labels.state.dir", state.toString());
    return settings;
  }

  /** Learns the same labels as they come, every event once, and scores beside it. */
  static Map<String, String> natural(URI registry) {
    return settings("natural", registry);
  }

  private static Map<String, String> settings(String job, URI registry) {
    Map<String, String> settings = new TreeMap<>(DemoJob.resource("payments-events.properties"));
    settings.putAll(DemoJob.resource("payments-" + job + ".properties"));
    settings.put("events.schema.registry", registry.toString());
    return settings;
  }
}
