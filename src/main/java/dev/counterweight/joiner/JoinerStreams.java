package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig;
import dev.counterweight.streams.RocksBounds;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** How Kafka Streams runs the joiner, where the user does not say otherwise. */
final class JoinerStreams {
  /** What may wait in memory of one partition before it is not read on. */
  private static final int BUFFERED_BYTES = 256 << 20;

  private static final int MOST_BUFFERED = 1_000;
  private static final int LEAST_BUFFERED = 16;

  /** Of chunks, where what was written again comes one by one. */
  private static final int MOST_CHUNKS = 128;

  private static final long LEAST_COMMIT_MS = 50;
  private static final long MOST_COMMIT_MS = 250;
  private static final int BATCH_BYTES = 128 << 10;

  private static final String EVER = Long.toString(Long.MAX_VALUE);

  private JoinerStreams() {}

  static Map<String, Object> settings(LabelsConfig labels, RecordSizes sizes, Routing routing) {
    Map<String, Object> settings = new HashMap<>();
    long lookMs = JoinSettings.rules(labels).lookMs();
    settings.put(
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        Math.max(LEAST_COMMIT_MS, Math.min(MOST_COMMIT_MS, lookMs / 4)));
    // A task reads the side on whose earlier records it has, as far as they were fetched.
    settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, 0L);
    settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksBounds.class);
    int longest = Math.max(1, labels.events().maxBytes());
    settings.put(
        StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG,
        Math.max(
            LEAST_BUFFERED, Math.min(mostBuffered(labels, routing), BUFFERED_BYTES / longest)));
    settings.put(
        StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), sizes.request());
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
    if (!routing.none()) {
      // Both sides are read in step by their own times, which records written again must bear: no
      // broker may refuse them for it.
      put(settings, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
      put(settings, TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG, EVER);
      put(settings, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, EVER);
      put(settings, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(sizes.row()));
    }
    return settings;
  }

  private static int mostBuffered(LabelsConfig labels, Routing routing) {
    if (SidePacker.packs(labels) && routing.none()) {
      return LEAST_BUFFERED;
    }
    return SidePacker.packs(labels) && !(routing.events() && routing.labels())
        ? MOST_CHUNKS
        : MOST_BUFFERED;
  }

  private static void put(Map<String, Object> settings, String topicKey, String value) {
    settings.put(StreamsConfig.topicPrefix(topicKey), value);
  }
}
