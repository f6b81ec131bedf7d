package dev.counterweight.judge;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What this process has read, each record once, whatever attempts failed. Thread-safe. */
final class OwnReading {
  private final Map<TopicPartition, Long> furthest = new HashMap<>();
  private long taken;

  synchronized void take(String topic, int partition, long offset) {
    TopicPartition from = new TopicPartition(topic, partition);
    Long before = furthest.get(from);
    if (before == null || offset > before) {
      furthest.put(from, offset);
      taken++;
    }
  }

  /** Records read, committed or not. */
  synchronized long taken() {
    return taken;
  }
}
