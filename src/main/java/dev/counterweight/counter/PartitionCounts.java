package dev.counterweight.counter;

import dev.counterweight.protocol.InvariantException;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * What was counted of one partition, and how far: the row of the state store, and the partial that
 * travels to the merger. Counts and position are one value, so that neither is ever ahead.
 *
 * <p>Bytes, big-endian: format (1), next, from, as-of (8 each), unit of the half-life (1),
 * half-life (8), landmark (8), K (4), then for each class events, n, weighted, positive (8 each),
 * the last three seen from the landmark. Rows of format 1, which had no half-life, and of format 2,
 * which did not tell what is positive, are read too.
 *
 * @param next offset after the last event counted or passed over
 * @param from offset of the first event the job reads
 * @param counts of the events from {@code from} to {@code next}
 */
record PartitionCounts(long next, long from, DecayedCounts counts) {
  private static final String ROW = "a partition's row of counts";
  private static final byte WITHOUT_HALF_LIFE = 1;
  private static final byte WITHOUT_POSITIVE = 2;
  private static final byte FORMAT = 3;
  private static final int HEAD = 1 + 3 * Long.BYTES + Integer.BYTES;
  private static final int HALF_LIFE = 1 + Long.BYTES + Double.BYTES;
  private static final List<HalfLife.Unit> UNITS =
      List.of(HalfLife.Unit.NONE, HalfLife.Unit.MILLISECONDS, HalfLife.Unit.EVENTS);

  /**
   * @throws InvariantException if there are more events than offsets were passed
   */
  PartitionCounts {
    if (counts.totalEvents() > next - from) {
      throw new InvariantException(
          "a partition's counts from offset %d to %d: no more events are counted than offsets passed"
              .formatted(from, next),
          "at most " + (next - from),
          counts.totalEvents());
    }
  }

  static PartitionCounts startingAt(long offset, HalfLife halfLife, int classes) {
    return new PartitionCounts(offset, offset, new DecayedCounts(halfLife, classes));
  }

  /** Offsets passed, whether or not they held an event that could be read. */
  long progress() {
    return next - from;
  }

  /**
   * This, its position moved on; the counts are shared.
   *
   * @throws InvariantException if it would move back
   */
  PartitionCounts movedTo(long newNext) {
    if (newNext < next) {
      throw new InvariantException(
          "the next offset of a partition's counts never falls", "at least " + next, newNext);
    }
    return new PartitionCounts(newNext, from, counts);
  }

  /**
   * This, read back from a log.
   *
   * @throws InvariantException if it is not of so many classes
   */
  PartitionCounts of(int partition, int classes) {
    if (counts.sums().classCount() != classes) {
      throw new InvariantException(
          "partition %d: a row of counts is of the schema's classes".formatted(partition),
          classes,
          counts.sums().classCount());
    }
    return this;
  }

  /** This, its counts fading by a half-life from here on. */
  PartitionCounts withHalfLife(HalfLife halfLife) {
    return counts.halfLife().equals(halfLife)
        ? this
        : new PartitionCounts(next, from, counts.withHalfLife(halfLife));
  }

  static Serde<PartitionCounts> serde() {
    Serializer<PartitionCounts> serializer = (topic, value) -> value.toBytes();
    Deserializer<PartitionCounts> deserializer = (topic, bytes) -> parse(bytes);
    return Serdes.serdeFrom(serializer, deserializer);
  }

  private byte[] toBytes() {
    ClassCounts sums = counts.sums();
    sums.requireSound(ROW);
    int k = sums.classCount();
    ByteBuffer out = ByteBuffer.allocate(HEAD + HALF_LIFE + k * 4 * Long.BYTES);
    out.put(FORMAT).putLong(next).putLong(from).putLong(counts.asOfMs());
    HalfLife halfLife = counts.halfLife();
    out.put((byte) UNITS.indexOf(halfLife.unit())).putLong(halfLife.amount());
    out.putDouble(counts.landmark()).putInt(k);
    for (int c = 0; c < k; c++) {
      out.putLong(sums.events(c)).putDouble(sums.n(c)).putDouble(sums.weighted(c));
      out.putDouble(sums.positive(c));
    }
    return out.array();
  }

  private static PartitionCounts parse(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte format = bytes.length < HEAD ? 0 : in.get();
    boolean known = format >= WITHOUT_HALF_LIFE && format <= FORMAT;
    boolean halfLived = format > WITHOUT_HALF_LIFE;
    if (!known || (halfLived && bytes.length < HEAD + HALF_LIFE)) {
      throw new SerializationException("a row of partition counts of another format");
    }
    long next = in.getLong();
    long from = in.getLong();
    long asOfMs = in.getLong();
    HalfLife halfLife = halfLived ? halfLife(in) : HalfLife.NONE;
    double landmark = halfLived ? in.getDouble() : 0;
    ClassCounts sums = sums(in, format > WITHOUT_POSITIVE);
    return new PartitionCounts(next, from, new DecayedCounts(halfLife, sums, landmark, asOfMs));
  }

  private static HalfLife halfLife(ByteBuffer in) {
    byte unit = in.get();
    if (unit < 0 || unit >= UNITS.size()) {
      throw new SerializationException("a row of partition counts of another half-life");
    }
    return new HalfLife(UNITS.get(unit), in.getLong());
  }

  private static ClassCounts sums(ByteBuffer in, boolean tellsPositive) {
    int k = in.getInt();
    if (k < 0 || in.remaining() != k * (tellsPositive ? 4L : 3L) * Long.BYTES) {
      throw new SerializationException(
          "a row of partition counts for " + k + " classes with " + in.remaining() + " bytes");
    }
    long[] events = new long[k];
    double[] n = new double[k];
    double[] weighted = new double[k];
    double[] positive = new double[k];
    for (int c = 0; c < k; c++) {
      events[c] = in.getLong();
      n[c] = in.getDouble();
      weighted[c] = in.getDouble();
      positive[c] = tellsPositive ? in.getDouble() : 0;
    }
    ClassCounts sums =
        tellsPositive
            ? new ClassCounts(events, n, weighted, positive)
            : new ClassCounts(events, n, weighted);
    sums.requireSound(ROW);
    return sums;
  }
}
