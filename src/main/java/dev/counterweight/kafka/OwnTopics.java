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

  private static final String JOINED = ", as many as events are joined in";
  private static final String SCORED = ", as many as the topic that is scored: add them to it";

  /** What of its settings a topic must have exactly so. */
  private static final List<String> EXACT = List.of("cleanup.policy", "message.timestamp.type");

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
    // Announcements may carry models: old ones must be compacted away, but not too soon, since a
    // scorer's way back to an older model may lead through one. A segment holds 64 and more.
    String segmentBytes = Integer.toString(64 << 20);
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

  /** Those of the topic of scores. Whether a label came before a score its timestamp tells. */
  static Map<String, String> scores(JobTopics topics) {
    return log("delete", Map.of(RETENTION, Long.toString(topics.scoresRetentionMs())));
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
    boolean scores = name.equals(topics.scores());
    if (found != wanted) {
      throw new FailureException(
          "topic '%s' has %d partitions: it must have %d%s"
              .formatted(name, found, wanted, labelled ? JOINED : scores ? SCORED : ""));
    }
    Map<String, String> settings =
        scores ? scores(topics) : settings(topics).getOrDefault(name, Map.of());
    Config has = config.get();
    for (String key : EXACT) {
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
          labelled ? "labels.retention" : scores ? "scores.retention" : "batches.retention",
          Long.parseLong(has.get(RETENTION).value()),
          Long.parseLong(retention),
          scores ? "" : ", and may be before it is trained on");
    }
  }

  private static void warnIfShorter(
      String name, String key, long keptMs, long wantedMs, String effect) {
    if (keptMs >= 0 && keptMs < wantedMs) {
      LOG.warn(
          "topic '{}' has {}={}: what stands in it is deleted sooner than {}={} ms says{}",
          name,
          RETENTION,
          keptMs,
          key,
          wantedMs,
          effect);
    }
  }
}
