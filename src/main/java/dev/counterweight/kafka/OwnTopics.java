package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How each of a job's own topics must be, or a guarantee would break. */
final class OwnTopics {
  // Warnings are of who sets topics up, whose logger operators know.
  private static final Logger LOG = LoggerFactory.getLogger(TopicSetup.class);
  private static final String DAY_MS = Long.toString(Duration.ofDays(1).toMillis());
  private static final String HOUR_MS = Long.toString(Duration.ofHours(1).toMillis());
  private static final String RETENTION = "retention.ms";

  private OwnTopics() {}

  /** The settings each is created with, by topic name. */
  static Map<String, Map<String, String>> settings(JobTopics topics) {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    // A sampler follows every snapshot in order: compaction must not overtake it within a day.
    all.put(
        topics.classWeights(),
        log("compact", Map.of("min.compaction.lag.ms", DAY_MS, "segment.ms", HOUR_MS)));
    String batchesMs = Long.toString(topics.batchesRetentionMs());
    all.put(topics.batches(), log("delete", Map.of(RETENTION, batchesMs)));
    // Announcements may carry models: old ones must be compacted away soon.
    String segmentBytes = Integer.toString(16 << 20);
    all.put(
        topics.checkpoints(),
        log("compact", Map.of("segment.ms", HOUR_MS, "segment.bytes", segmentBytes)));
    all.put(topics.metrics(), log("delete", Map.of()));
    // What is refused may have come in a few bytes: an event must not become many on disk.
    all.put(topics.deadLetters(), log("delete", Map.of("compression.type", "zstd")));
    if (topics.joins()) {
      String labelledMs = Long.toString(topics.labelledRetentionMs());
      all.put(topics.labelled(), log("delete", Map.of(RETENTION, labelledMs)));
    }
    return all;
  }

  private static Map<String, String> log(String cleanup, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("cleanup.policy", cleanup);
    settings.put("message.timestamp.type", "LogAppendTime");
    return settings;
  }

  /**
   * Requires that one that is there is as it must be, and warns of one that keeps too little.
   *
   * @param found its partitions
   * @param wanted those it must have
   * @param config looked up if those are right
   * @throws FailureException if it has other partitions or another cleanup policy
   */
  static void verify(
      JobTopics topics, String name, int found, int wanted, Supplier<Config> config) {
    boolean labelled = name.equals(topics.labelled());
    if (found != wanted) {
      throw new FailureException(
          "topic '%s' has %d partitions: it must have %d%s"
              .formatted(name, found, wanted, labelled ? ", as many as events are joined in" : ""));
    }
    Map<String, String> settings = settings(topics).getOrDefault(name, Map.of());
    Config has = config.get();
    for (String key : List.of("cleanup.policy", "message.timestamp.type")) {
      String must = settings.get(key);
      if (must != null && !must.equals(has.get(key).value())) {
        throw new FailureException(
            "topic '%s' has %s=%s: it must be %s".formatted(name, key, has.get(key).value(), must));
      }
    }
    String retention = settings.get(RETENTION);
    if (retention != null) {
      warnIfShorter(
          name,
          labelled ? "labels.retention" : "batches.retention",
          Long.parseLong(has.get(RETENTION).value()),
          Long.parseLong(retention));
    }
  }

  private static void warnIfShorter(String name, String key, long keptMs, long wantedMs) {
    if (keptMs >= 0 && keptMs < wantedMs) {
      LOG.warn(
          "topic '{}' has {}={}: what stands in it is deleted sooner than {}={} ms says, and may be"
              + " before it is trained on",
          name,
          RETENTION,
          keptMs,
          key,
          wantedMs);
    }
  }
}
