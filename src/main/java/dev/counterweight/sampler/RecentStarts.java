package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.Span;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the shares of recent labels go on in a partition: as its newest record in the batch log
 * leaves them, whichever instance wrote that.
 *
 * <p>An offset may be seen to be committed before the records of its transaction can be read: an
 * older transaction that another instance left open hides them. What stood in the log by then is
 * waited for, however long that takes, since shares that are wrong stand in the log for good. Not
 * thread-safe.
 */
final class RecentStarts {
  private static final Logger LOG = LoggerFactory.getLogger(RecentStarts.class);

  private final BatchLog log;
  private final ToLongFunction<IsolationLevel> end;
  private final Schema schema;
  // What the last call waits for, to be asked for again: records up to here.
  private Map<Integer, Long> awaited = Map.of();
  private long writtenTo;

  /**
   * @param end where the batch log ends, for who reads what is committed or what is not
   */
  RecentStarts(BatchLog log, ToLongFunction<IsolationLevel> end, Schema schema) {
    this.log = log;
    this.end = end;
    this.schema = schema;
  }

  /**
   * The shares to go on from; none where they begin.
   *
   * @param offsets {partition: the next event to use}, of partitions that were used before
   * @throws TimeoutException if the records that tell them may be there and cannot be read yet: to
   *     be asked again
   */
  Map<Integer, float[]> of(Map<Integer, Long> offsets) {
    if (!offsets.equals(awaited)) {
      Map<Integer, byte[]> newest = log.newest(offsets.keySet());
      if (missing(newest, offsets).isEmpty()) {
        return shares(newest, offsets.keySet());
      }
      awaited = Map.copyOf(offsets);
      writtenTo = end.applyAsLong(IsolationLevel.READ_UNCOMMITTED);
    }
    long readTo = end.applyAsLong(IsolationLevel.READ_COMMITTED);
    if (readTo < writtenTo) {
      throw new TimeoutException(
          "the batch log can be read up to offset %d of %d: a transaction that is open holds back the records that may tell recent labels"
              .formatted(readTo, writtenTo));
    }
    awaited = Map.of();
    Map<Integer, byte[]> newest = log.newest(offsets.keySet());
    Map<Integer, Long> missing = missing(newest, offsets);
    if (!missing.isEmpty()) {
      LOG.warn(
          "Recent labels begin: the batch log kept has no record that reaches {}, where partitions"
              + " go on",
          missing);
    }
    Set<Integer> found = new TreeSet<>(offsets.keySet());
    found.removeAll(missing.keySet());
    return shares(newest, found);
  }

  /** Those partitions whose newest record does not reach the offset. */
  private static Map<Integer, Long> missing(
      Map<Integer, byte[]> newest, Map<Integer, Long> offsets) {
    Map<Integer, Long> missing = new TreeMap<>();
    offsets.forEach(
        (partition, offset) -> {
          byte[] record = newest.get(partition);
          Span span = record == null ? null : MiniBatchFormat.origin(record).spans().get(partition);
          if (span == null || span.to() < offset) {
            missing.put(partition, offset);
          }
        });
    return missing;
  }

  private Map<Integer, float[]> shares(Map<Integer, byte[]> newest, Set<Integer> partitions) {
    Map<Integer, float[]> shares = new HashMap<>();
    for (int partition : partitions) {
      float[] told = told(newest.get(partition), partition);
      if (told == null) {
        LOG.info("Partition {}: no batch record tells of recent labels: they begin", partition);
      } else {
        shares.put(partition, told);
      }
    }
    return shares;
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
