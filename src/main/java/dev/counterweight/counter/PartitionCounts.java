package dev.counterweight.counter;

import dev.counterweight.weights.ClassCounts;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * What was counted of one partition, and how far: the row of the state store, and the partial that
 * travels to the merger. Counts and position are one value, so that neither is ever ahead.
 *
 * <p>Bytes, big-endian: format (1), next, from, as-of (8 each), K (4), then for each class events,
 * n, weighted (8 each).
 *
 * @param next offset after the last event counted or passed over
 * @param from offset of the first event the job reads
 * @param asOfMs latest event time counted; Long.MIN_VALUE before the first
 * @param counts of the events from {@code from} to {@code next}
 */
record PartitionCounts(long next, long from, long asOfMs, ClassCounts counts) {
  private static final byte FORMAT = 1;
  private static final int HEAD = 1 + 3 * Long.BYTES + Integer.BYTES;

  static PartitionCounts startingAt(long offset, int classes) {
    return new PartitionCounts(offset, offset, Long.MIN_VALUE, new ClassCounts(classes));
  }

  /** This, its position and time moved on; the counts are shared. */
  PartitionCounts movedTo(long newNext, long eventTimeMs) {
    return new PartitionCounts(newNext, from, Math.max(asOfMs, eventTimeMs), counts);
  }

  static Serde<PartitionCounts> serde() {
    Serializer<PartitionCounts> serializer = (topic, value) -> value.toBytes();
    Deserializer<PartitionCounts> deserializer = (topic, bytes) -> parse(bytes);
    return Serdes.serdeFrom(serializer, deserializer);
  }

  private byte[] toBytes() {
    int k = counts.classCount();
    ByteBuffer out = ByteBuffer.allocate(HEAD + k * 3 * Long.BYTES);
    out.put(FORMAT).putLong(next).putLong(from).putLong(asOfMs).putInt(k);
    for (int c = 0; c < k; c++) {
      out.putLong(counts.events(c)).putDouble(counts.n(c)).putDouble(counts.weighted(c));
    }
    return out.array();
  }

  private static PartitionCounts parse(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < HEAD || in.get() != FORMAT) {
      throw new SerializationException("a row of partition counts of another format");
    }
    long next = in.getLong();
    long from = in.getLong();
    long asOfMs = in.getLong();
    int k = in.getInt();
    if (k < 0 || in.remaining() != k * 3 * Long.BYTES) {
      throw new SerializationException(
          "a row of partition counts for " + k + " classes with " + in.remaining() + " bytes");
    }
    long[] events = new long[k];
    double[] n = new double[k];
    double[] weighted = new double[k];
    for (int c = 0; c < k; c++) {
      events[c] = in.getLong();
      n[c] = in.getDouble();
      weighted[c] = in.getDouble();
    }
    return new PartitionCounts(next, from, asOfMs, new ClassCounts(events, n, weighted));
  }
}
