package dev.counterweight.scorer;

import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/**
 * How old events are when a model begins to answer that was trained on them, by a bounded sample of
 * the events scored. Tasks note what they score, each its own partitions; the follower's thread
 * says what a model knows. Thread-safe.
 *
 * <p>Of a partition every n-th offset is noted. Once the sample is full every other one of it is
 * dropped, and n doubles; once a model knows all of it, n is 1 again. So it always spans all that
 * no model knows yet.
 */
final class Freshness {
  /** Events noted of a partition. */
  static final int CAPACITY = 512;

  private final Map<Integer, Sample> samples = new ConcurrentHashMap<>();

  /** Notes an event that was scored. Allocates nothing but at a partition's first. */
  void scored(int partition, long offset, long timestampMs) {
    Sample sample = samples.get(partition);
    if (sample == null) {
      sample = samples.computeIfAbsent(partition, p -> new Sample());
    }
    sample.note(offset, timestampMs);
  }

  /**
   * Tells of the events noted that a model knows, and none before it did.
   *
   * @param spans {partition: offset after the last event trained on}
   * @param timestamps is given the timestamp of each
   */
  void known(SortedMap<Integer, Long> spans, LongConsumer timestamps) {
    spans.forEach(
        (partition, to) ->
            samples.computeIfAbsent(partition, p -> new Sample()).known(to, timestamps));
  }

  /** Events noted of a partition and not known to any model. */
  int noted(int partition) {
    Sample sample = samples.get(partition);
    return sample == null ? 0 : sample.size();
  }

  /** What is noted of a partition, in the order of offsets but after a repetition. */
  private static final class Sample {
    private final long[] offsets = new long[CAPACITY];
    private final long[] timestamps = new long[CAPACITY];
    private int size;
    private long stride = 1;
    private long known;

    synchronized void note(long offset, long timestampMs) {
      if (offset < known || offset % stride != 0) {
        return;
      }
      if (size == CAPACITY) {
        thin();
        if (offset % stride != 0) {
          return;
        }
      }
      offsets[size] = offset;
      timestamps[size++] = timestampMs;
    }

    synchronized void known(long to, LongConsumer each) {
      int kept = 0;
      for (int i = 0; i < size; i++) {
        if (offsets[i] < to) {
          each.accept(timestamps[i]);
        } else {
          keep(i, kept++);
        }
      }
      size = kept;
      known = Math.max(known, to);
      if (size == 0) {
        stride = 1;
      }
    }

    synchronized int size() {
      return size;
    }

    private void thin() {
      // Twice may be needed where offsets are those of one class of remainders.
      while (size > CAPACITY / 2) {
        stride *= 2;
        int kept = 0;
        for (int i = 0; i < size; i++) {
          if (offsets[i] % stride == 0) {
            keep(i, kept++);
          }
        }
        size = kept;
      }
    }

    private void keep(int from, int to) {
      offsets[to] = offsets[from];
      timestamps[to] = timestamps[from];
    }
  }
}
