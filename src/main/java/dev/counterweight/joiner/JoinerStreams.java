package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** How Kafka Streams runs the joiner, where the user does not say otherwise. */
final class JoinerStreams {
  /** Rows not yet written down, of all tasks: what is decided within a commit never is. */
  static final long CACHE_BYTES = 64L << 20;

  /** What may wait in memory of one partition before it is not read on. */
  private static final int BUFFERED_BYTES = 256 << 20;

  private static final int MOST_BUFFERED = 1_000;
  private static final int LEAST_BUFFERED = 16;
  private static final long LEAST_COMMIT_MS = 50;
  private static final long MOST_COMMIT_MS = 250;
  private static final int BATCH_BYTES = 128 << 10;

  private JoinerStreams() {}

  static Map<String, Object> settings(LabelsConfig labels, RecordSizes sizes) {
    Map<String, Object> settings = new HashMap<>();
    long lookMs = JoinSettings.rules(labels).lookMs();
    settings.put(
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        Math.max(LEAST_COMMIT_MS, Math.min(MOST_COMMIT_MS, lookMs / 4)));
    // A task reads the side on whose earlier records it has, as far as they were fetched.
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, 0L);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksBounds.class);
    int longest = Math.max(1, labels.events().maxBytes());
    settings.put(
        StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG,
        Math.max(LEAST_BUFFERED, Math.min(MOST_BUFFERED, BUFFERED_BYTES / longest)));
    settings.put(
        StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), sizes.request());
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
    return settings;
  }
}
