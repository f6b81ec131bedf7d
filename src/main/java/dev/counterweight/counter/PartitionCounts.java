package dev.counterweight.counter;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
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
 * the last three seen from the landmark; in format 4 alone, which only such jobs have to which
 * classes were added, then for each class since (8). Rows of format 1, which had no half-life, and
 * of format 2, which did not tell what is positive, are read too.
 *
 * @param next offset after the last event counted or passed over
 * @param from offset of the first event the job reads
 * @param counts of the events from {@code from} to {@code next}
 * @param since of each class the first offset at which it was one of the job's; 0 of those that
 *     were from the first. Events of it below are not counted
 */
record PartitionCounts(long next, long from, DecayedCounts counts, List<Long> since) {
  private static final String ROW = "a partition's row of counts";
  private static final byte WITHOUT_HALF_LIFE = 1;
  private static final byte WITHOUT_POSITIVE = 2;
  private static final byte WITHOUT_SINCE = 3;
  private static final byte FORMAT = 4;
  private static final int HEAD = 1 + 3 * Long.BYTES + Integer.BYTES;
  private static final int HALF_LIFE = 1 + Long.BYTES + Double.BYTES;
  private static final List<HalfLife.Unit> UNITS =
      List.of(HalfLife.Unit.NONE, HalfLife.Unit.MILLISECONDS, HalfLife.Unit.EVENTS);

  /**
   * @throws InvariantException if there are more events than offsets were passed, or a class is
   *     known since an offset that was not
   */
  PartitionCounts {
    if (counts.totalEvents() > next - from) {
      throw new InvariantException(
          "a partition's counts from offset %d to %d: no more events are counted than offsets passed"
              .formatted(from, next),
          "at most " + (next - from),
          counts.totalEvents());
    }
    since = List.copyOf(since);
    for (long known : since) {
      if (known < 0 || known > next) {
        throw new InvariantException(
            "a class is known to a partition's counts since an offset that was passed",
            "0 to " + next,
            known);
      }
    }
  }

  /** Of classes that were all there from the first. */
  PartitionCounts(long next, long from, DecayedCounts counts) {
    this(next, from, counts, Collections.nCopies(counts.sums().classCount(), 0L));
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
    return new PartitionCounts(newNext, from, counts, since);
  }

  /**
   * This, read back from a log; classes that were added at the end since are known from the next
   * offset on: what was passed before was not counted as theirs.
   *
   * @throws FailureException if it is of more classes
   */
  PartitionCounts of(int partition, int classes) {
    int own = counts.sums().classCount();
    if (own > classes) {
      throw new FailureException(
          "partition %d: its counts are of %d classes, and events.classes has %d: nothing is written; another counter of the job has classes more at the end of the list: set it as that has it and start again"
              .formatted(partition, own, classes));
    }
    if (own == classes) {
      return this;
    }
    List<Long> known = new ArrayList<>(since);
    known.addAll(Collections.nCopies(classes - own, next));
    return new PartitionCounts(next, from, counts.grownTo(classes), known);
  }

  /** This, its counts fading by a half-life from here on. */
  PartitionCounts withHalfLife(HalfLife halfLife) {
    return counts.halfLife().equals(halfLife)
        ? this
        : new PartitionCounts(next, from, counts.withHalfLife(halfLife), since);
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
    // So that a release before reads what it could have written.
    boolean grown = since.stream().anyMatch(offset -> offset > 0);
    int each = (grown ? 5 : 4) * Long.BYTES;
    ByteBuffer out = ByteBuffer.allocate(HEAD + HALF_LIFE + k * each);
    out.put(grown ? FORMAT : WITHOUT_SINCE).putLong(next).putLong(from).putLong(counts.asOfMs());
    HalfLife halfLife = counts.halfLife();
    out.put((byte) UNITS.indexOf(halfLife.unit())).putLong(halfLife.amount());
    out.putDouble(counts.landmark()).putInt(k);
    for (int c = 0; c < k; c++) {
      out.putLong(sums.events(c)).putDouble(sums.n(c)).putDouble(sums.weighted(c));
      out.putDouble(sums.positive(c));
    }
    if (grown) {
      since.forEach(out::putLong);
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
    ClassCounts sums = sums(in, format);
    List<Long> since = since(in, format > WITHOUT_SINCE, sums.classCount());
    return new PartitionCounts(
        next, from, new DecayedCounts(halfLife, sums, landmark, asOfMs), since);
  }

  private static List<Long> since(ByteBuffer in, boolean told, int classes) {
    List<Long> since = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      since.add(told ? in.getLong() : 0);
    }
    return since;
  }

  private static HalfLife halfLife(ByteBuffer in) {
    byte unit = in.get();
    if (unit < 0 || unit >= UNITS.size()) {
      throw new SerializationException("a row of partition counts of another half-life");
    }
    return new HalfLife(UNITS.get(unit), in.getLong());
  }

  private static ClassCounts sums(ByteBuffer in, byte format) {
    boolean tellsPositive = format > WITHOUT_POSITIVE;
    long each = format > WITHOUT_SINCE ? 5 : tellsPositive ? 4 : 3;
    int k = in.getInt();
    if (k < 0 || in.remaining() != k * each * Long.BYTES) {
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
