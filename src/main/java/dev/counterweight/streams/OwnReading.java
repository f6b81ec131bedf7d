package dev.counterweight.streams;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What this process has read, whatever others read of the same job: each record once, whatever
 * attempts failed, and from which offsets on. Thread-safe.
 */
public final class OwnReading {
  private final Map<TopicPartition, Long> from = new HashMap<>();
  private final Map<TopicPartition, Long> furthest = new HashMap<>();
  private long taken;

  /** A partition has come, or come back; none before this offset is missed. */
  public synchronized void begin(TopicPartition partition, long offset) {
    from.put(partition, offset);
  }

  /** Where the reading of a partition went on when it last came; 0 if it never did. */
  public synchronized long from(TopicPartition partition) {
    return from.getOrDefault(partition, 0L);
  }

  /** A record was taken in. */
  public void take(TopicPartition partition, long offset) {
    take(partition, offset, 1);
  }

  /**
   * Records were taken in; one that was before, by an attempt that failed, is no more.
   *
   * @param offset of the last of them, or one before it if there are none
   * @return how many were not taken in before
   */
  public synchronized long take(TopicPartition partition, long offset, int records) {
    Long before = furthest.get(partition);
    if (before != null && offset <= before) {
      return 0;
    }
    furthest.put(partition, offset);
    long more = before == null ? records : Math.min(records, offset - before);
    taken += more;
    return more;
  }

  /** Records taken in, committed or not, each once. */
  public synchronized long taken() {
    return taken;
  }
}
