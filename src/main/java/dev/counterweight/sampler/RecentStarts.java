package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.Span;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the shares of recent labels go on in a partition: as its newest record in the batch log
 * leaves them, whichever instance wrote that.
 *
 * <p>An offset may be seen to be committed before the records of its transaction can be read: they
 * are waited for.
 */
final class RecentStarts {
  private static final Logger LOG = LoggerFactory.getLogger(RecentStarts.class);
  private static final int LOOKS = 100;
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final BatchLog log;
  private final Schema schema;

  RecentStarts(BatchLog log, Schema schema) {
    this.log = log;
    this.schema = schema;
  }

  /**
   * The shares to go on from; none where they begin.
   *
   * @param offsets {partition: the next event to use}, of partitions that were used before
   */
  Map<Integer, float[]> of(Map<Integer, Long> offsets) {
    Map<Integer, byte[]> newest = log.newest(offsets.keySet());
    for (int looks = 1; !reach(newest, offsets) && looks < LOOKS; looks++) {
      LockSupport.parkNanos(PAUSE.toNanos());
      newest = log.newest(offsets.keySet());
    }
    if (!reach(newest, offsets)) {
      LOG.warn(
          "The batch log does not reach {}, the offsets committed for the partitions: recent labels"
              + " go on from the newest records kept, or begin",
          offsets);
    }
    Map<Integer, float[]> shares = new HashMap<>();
    for (int partition : offsets.keySet()) {
      float[] told = told(newest.get(partition), partition);
      if (told == null) {
        LOG.info("Partition {}: no batch record tells of recent labels: they begin", partition);
      } else {
        shares.put(partition, told);
      }
    }
    return shares;
  }

  private static boolean reach(Map<Integer, byte[]> newest, Map<Integer, Long> offsets) {
    return offsets.entrySet().stream()
        .allMatch(
            wanted -> {
              byte[] record = newest.get(wanted.getKey());
              Span span =
                  record == null
                      ? null
                      : MiniBatchFormat.origin(record).spans().get(wanted.getKey());
              return span != null && span.to() >= wanted.getValue();
            });
  }

  private float @Nullable [] told(byte @Nullable [] record, int partition) {
    if (record == null) {
      return null;
    }
    MiniBatch batch = MiniBatchFormat.read(record);
    return batch.differenceTo(schema).isPresent()
        ? null
        : batch.readUnder(schema).recent().after().get(partition);
  }
}
