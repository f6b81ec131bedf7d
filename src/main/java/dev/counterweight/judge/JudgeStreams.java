package dev.counterweight.judge;

import dev.counterweight.streams.RocksBounds;
import java.util.Map;
import org.apache.kafka.streams.StreamsConfig;

/** How Kafka Streams runs the judge, where the user does not say otherwise. */
final class JudgeStreams {
  /** Rows not yet written down, of all tasks: what is judged within a commit never is. */
  private static final long CACHE_BYTES = 32L << 20;

  private static final long COMMIT_MS = 500;

  private JudgeStreams() {}

  static Map<String, Object> settings() {
    return Map.of(
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        COMMIT_MS,
        // A task reads the topic on whose earlier records it has, as far as they were fetched.
        StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
        0L,
        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
        CACHE_BYTES,
        StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG,
        RocksBounds.class);
  }
}
