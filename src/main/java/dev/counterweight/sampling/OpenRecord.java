package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.Schema;
import dev.counterweight.sampling.HashRandom.Purpose;
import java.util.Arrays;
import java.util.SortedMap;

/** The batch record in the making: its rows, what it covers, and whether it is full. */
public final class OpenRecord {

  /**
   * Where a record is cut.
   *
   * @param leastDraws rows to train on in the first records of a job, which grow from there
   * @param draws rows to train on; the draws of one event may exceed it
   * @param events events covered
   * @param lingerMs age of the oldest progress it holds
   * @param maxBytes bytes of the record as written
   */
  public record Limits(int leastDraws, int draws, int events, long lingerMs, int maxBytes) {}

  // A record may have its least draws once more for each so many events before it.
  private static final long GROWTH_EVENTS = 50_000;
  // What the header of a record without rows, partitions and schema takes, with room to spare.
  private static final int FIXED_BYTES = 4096;
  private static final int PARTITION_BYTES = 128;
  private static final int SOURCE_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES + 1;

  private final Limits limits;
  private final HashRandom chance;
  private final Spans spans = new Spans();
  private final Rows draws;
  private final Rows evaluation;
  private final long rowBytes;
  private final long headBytes;
  private final Schema schema;

  private int events;
  private int counted; // those of them that the counter counts
  private long before; // events of the job before the first that it covers
  private long openedAtMs = -1;
  private long earliestMs = Long.MAX_VALUE;
  private long latestMs = Long.MIN_VALUE;

  OpenRecord(Schema schema, Limits limits, HashRandom chance) {
    int featureCount = schema.features().size();
    this.schema = schema;
    this.limits = limits;
    this.chance = chance;
    this.draws = new Rows(featureCount);
    this.evaluation = new Rows(featureCount);
    this.rowBytes = rowBytes(featureCount);
    this.headBytes =
        FIXED_BYTES + schema.quotedBytes() + 5L * Float.BYTES * schema.classes().size();
  }

  /** Bytes that a row takes. */
  public static long rowBytes(int featureCount) {
    return (long) featureCount * Float.BYTES + SOURCE_BYTES;
  }

  Limits limits() {
    return limits;
  }

  Spans spans() {
    return spans;
  }

  Rows draws() {
    return draws;
  }

  Rows evaluation() {
    return evaluation;
  }

  /** Events covered. */
  int events() {
    return events;
  }

  /** Covers an event that nobody counts. */
  void cover(int partition, long offset) {
    spans.advance(partition, offset + 1);
    events++;
  }

  /** Covers an event. */
  void cover(int partition, long offset, long timeMs) {
    cover(partition, offset);
    counted++;
    earliestMs = Math.min(earliestMs, timeMs);
    latestMs = Math.max(latestMs, timeMs);
  }

  boolean hasRows() {
    return draws.size() + evaluation.size() > 0;
  }

  /** Whether there is anything to pass on. */
  boolean hasAny() {
    return hasRows() || spans.progress();
  }

  /** Says how many events of the job came before those covered from now on, at least. */
  void cameBefore(long least) {
    before = Math.max(before, least - events);
  }

  /**
   * Whether it has all the draws that it may have: the more, the more events came before it. A
   * short record lets a young model learn from an event before more are scored; once the stream is
   * long, a record costs more than it teaches.
   */
  boolean hasAllDraws() {
    long most = limits.leastDraws() * (1 + before / GROWTH_EVENTS);
    return draws.size() >= Math.min(limits.draws(), most);
  }

  /**
   * Whether it is to be cut: it has all its draws, or covers all the events it may, which are no
   * more than came before it. All that a record covers is scored by what earlier ones taught: the
   * first events of a job would otherwise be scored, by the dozen, by a model that knows nothing.
   */
  boolean full() {
    long mostEvents = Math.max(1, Math.min(limits.events(), before));
    return events >= mostEvents || hasAllDraws();
  }

  /**
   * Whether it is older than the linger time; its age counts from the first call that finds any.
   */
  boolean due(long nowMs) {
    if (!hasAny()) {
      return false;
    }
    if (openedAtMs < 0) {
      openedAtMs = nowMs;
    }
    return nowMs - openedAtMs >= limits.lingerMs();
  }

  /** Whether {@code rows} more keep it within {@code maxBytes}. */
  boolean fits(int rows) {
    return bytes(draws.size() + evaluation.size() + rows) <= limits.maxBytes();
  }

  /** An upper bound of the bytes of a record with so many rows. */
  long bytes(int rows) {
    return headBytes + (long) PARTITION_BYTES * spans.held() + rowBytes * rows;
  }

  /**
   * Hands out what was gathered, draws shuffled, and starts the next record.
   *
   * @param newestUsed the plan of the newest snapshot with which an event of it was used
   * @param known by what its evaluation rows are served
   * @param end the counter's end mark, if it is known by now
   */
  MiniBatch cut(SamplingPlan newestUsed, MiniBatch.Known known, SortedMap<Integer, Long> end) {
    MiniBatch.Origin origin =
        new MiniBatch.Origin(
            newestUsed.snapshot().job(),
            newestUsed.snapshot().version(),
            spans.cut(),
            end,
            earliestMs,
            latestMs,
            newestUsed.snapshot().stream(),
            schema,
            counted);
    MiniBatch batch =
        new MiniBatch(
            draws.draws(shuffled(draws.size(), origin)),
            evaluation.slice(inOrder(evaluation.size())),
            known,
            newestUsed.prior(),
            newestUsed.classWeight(),
            newestUsed.uses(),
            origin);
    before += events;
    drop();
    return batch;
  }

  /** Drops the rows gathered, and what is known of the events before them; the spans stay. */
  void clear() {
    drop();
    before = 0;
  }

  private void drop() {
    draws.clear();
    evaluation.clear();
    events = 0;
    counted = 0;
    openedAtMs = -1;
    earliestMs = Long.MAX_VALUE;
    latestMs = Long.MIN_VALUE;
  }

  /** A permutation that depends on what the record covers alone (Fisher and Yates). */
  private int[] shuffled(int rows, MiniBatch.Origin origin) {
    int[] order = inOrder(rows);
    int partition = origin.spans().isEmpty() ? 0 : origin.spans().firstKey();
    long offset = origin.spans().values().stream().mapToLong(span -> span.to()).sum();
    for (int row = rows - 1; row > 0; row--) {
      int other = chance.pick(Purpose.SHUFFLE, partition, offset, row, row + 1);
      int moved = order[row];
      order[row] = order[other];
      order[other] = moved;
    }
    return order;
  }

  private static int[] inOrder(int rows) {
    int[] order = new int[rows];
    Arrays.setAll(order, row -> row);
    return order;
  }
}
