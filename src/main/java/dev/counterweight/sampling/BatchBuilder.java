package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.RecentShares;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.ClassIndex;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.Span;
import dev.counterweight.sampling.HashRandom.Purpose;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns consumed events into batch records: decides which are evaluated and how often each is
 * drawn, pays what is owed to every class, and cuts a record where a limit is reached.
 *
 * <p>An event's evaluation row stands in the record of its first draw or before. The event itself
 * is drawn as it arrives, replays of its class over the events after it. Where {@code maxBytes}
 * splits what an event pays, the last of it is cut before {@link #add} returns, so that the open
 * record never holds draws paid at an event that an earlier one covers. Spans are contiguous a
 * partition. Not thread-safe.
 */
public final class BatchBuilder {

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

  // Steps over whose batches the replays that an arrival brings are spread.
  private static final int SPREAD_STEPS = 16;
  // A record may have its least draws once more for each so many events before it.
  private static final long GROWTH_EVENTS = 50_000;
  // What the header of a record without rows, partitions and schema takes, with room to spare.
  private static final int FIXED_BYTES = 4096;
  private static final int PARTITION_BYTES = 128;
  private static final int SOURCE_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES + 1;

  private final Schema schema;
  private final Limits limits;
  private final HashRandom random;
  private final ReplayBuffer memory;
  private final EventDecoder decoder;
  private final Consumer<EventRejectedException> rejections;
  private final ObjIntConsumer<MiniBatch> sink;
  private final DrawCredits credits;
  private final SortedMap<Integer, OpenSpan> spans = new TreeMap<>();
  private final Map<Integer, Long> ends = new HashMap<>(); // of the spans of the records cut
  private final Rows draws;
  private final Rows evaluation;
  private final MissingWeights missing;
  private final @Nullable RecentLabels recent; // null where they are not told
  private final float[] scratch;
  private final long rowBytes;
  private final long headBytes;

  private @Nullable SamplingPlan plan;
  private @Nullable SamplingPlan newestUsed;

  /** Of the first snapshot that covers an evaluation row of the open record. */
  private MiniBatch.@Nullable Known known;

  private int events;
  private int counted; // those of them that the counter counts
  private long before; // events of the job before the first that it covers
  private long openedAtMs = -1;
  private long earliestMs = Long.MAX_VALUE;
  private long latestMs = Long.MIN_VALUE;
  private boolean split;

  /**
   * @param schema of the events, told with every record
   * @param decoder reads the features of events that are drawn or evaluated
   * @param rejections hears why the event being added is not used, before a record covering it is
   *     cut
   * @param sink receives every record cut, in order, which belongs to it from then on, and how many
   *     events that covers
   * @param labelled whether labels come later, so that events may come again with another class
   * @param recentLabels whether to tell how the labels before an event fell
   */
  public BatchBuilder(
      Schema schema,
      Limits limits,
      HashRandom random,
      ReplayBuffer memory,
      EventDecoder decoder,
      Consumer<EventRejectedException> rejections,
      ObjIntConsumer<MiniBatch> sink,
      boolean labelled,
      boolean recentLabels) {
    FeatureSchema layout = schema.layout();
    int columns = layout.columnCount();
    int classes = schema.classes().size();
    this.schema = schema;
    this.limits = limits;
    this.random = random;
    this.memory = memory;
    this.decoder = decoder;
    this.rejections = rejections;
    this.sink = sink;
    this.credits = new DrawCredits(classes, limits.draws(), SPREAD_STEPS * limits.leastDraws());
    this.draws = new Rows(columns, classes, labelled);
    this.evaluation = new Rows(columns, classes, false);
    this.missing = new MissingWeights(layout);
    this.recent = recentLabels ? new RecentLabels(classes) : null;
    this.scratch = new float[columns];
    this.rowBytes = rowBytes(columns) + (labelled ? Integer.BYTES : 0);
    this.headBytes =
        FIXED_BYTES + schema.quotedBytes() + 5L * Float.BYTES * classes + missing.bytes();
  }

  /** Bytes that a row takes. */
  public static long rowBytes(int columnCount) {
    return (long) columnCount * Float.BYTES + SOURCE_BYTES;
  }

  /**
   * Takes a partition in hand, at the offset to be used next, or back to another one; scheduled
   * draws start afresh.
   *
   * @param shares of recent labels, as the last record that covers the partition tells them; null
   *     for none
   * @throws FailureException if a record of all the partitions in hand has no room for a row
   */
  public OpenSpan open(int partition, long position, float @Nullable [] shares) {
    requireRoom(spans.size() + (spans.containsKey(partition) ? 0 : 1));
    credits.clear();
    if (recent != null) {
      recent.open(partition, shares);
    }
    OpenSpan opened = new OpenSpan(partition, position);
    spans.put(partition, opened);
    ends.put(partition, position);
    return opened;
  }

  /**
   * Demands that a record which covers so many partitions has room for a row; without, no event
   * could ever be used.
   *
   * @throws FailureException naming the keys that decide on it
   */
  public void requireRoom(int partitions) {
    long least = bytes(partitions, 1, 1);
    if (least > limits.maxBytes()) {
      throw new FailureException(
          "sampler.record.max.bytes=%d: a batch record of one row takes %d bytes with %d partitions in hand (%d each), %d columns and %d classes%s: set it higher, and max.message.bytes of the batch topic with it, or share the partitions among more instances"
              .formatted(
                  limits.maxBytes(),
                  least,
                  partitions,
                  bytes(1, 1, 1) - bytes(0, 1, 1),
                  scratch.length,
                  schema.classes().size(),
                  recent == null ? "" : " (events.recent.labels=true adds shares for each class)"));
    }
  }

  /**
   * Lets a partition go; what the open record covers of it must have been cut before. Scheduled
   * draws start afresh.
   */
  public void close(int partition) {
    credits.clear();
    spans.remove(partition);
    ends.remove(partition);
    if (recent != null) {
      recent.close(partition);
    }
  }

  /** The plan for the events from now on; what the schedule owes by now is paid in full. */
  public void plan(SamplingPlan next) {
    SamplingPlan earlier = plan;
    if (earlier != null) {
      credits.replan(earlier, next);
    }
    plan = next;
  }

  /**
   * Says how many events of the job came before those used from now on, at least: this instance
   * knows of those that it used itself.
   */
  public void cameBefore(long least) {
    before = Math.max(before, least - events);
  }

  /** Forgets the open record, the partitions in hand, and what is owed. */
  public void clear() {
    drop();
    before = 0;
    spans.clear();
    ends.clear();
    newestUsed = null;
    known = null;
    credits.clear();
    if (recent != null) {
      recent.clear();
    }
  }

  /** Moves past an event whose head cannot be read: it counts for nothing and draws nothing. */
  public void reject(OpenSpan span, long offset) {
    span.cover(offset);
    events++;
    cutIfFull();
  }

  /**
   * Uses an event, which stands at or after its partition's position. One that is to be drawn or
   * evaluated and whose features cannot be read is covered all the same, and not used.
   *
   * <p>A correction is drawn as any event of its class. It is never evaluated: what was predicted
   * of the event has been judged, by the class that it had then. What is remembered of the event
   * with that class is not replayed any more.
   *
   * @throws dev.counterweight.protocol.InvariantException if it is of no class, or was used before
   */
  public void add(OpenSpan span, long offset, EventHead head, RawEvent event) {
    SamplingPlan current = requirePlan();
    int partition = span.partition();
    ClassIndex.require(head.label(), schema.classes().size(), partition, offset);
    double rate = current.arrival(head.label());
    int uses = (int) rate;
    if (random.happens(Purpose.DRAW, partition, offset, rate - uses)) {
      uses++;
    }
    double share = current.evaluation(head.label());
    boolean evaluated =
        !head.isCorrection() && random.happens(Purpose.EVALUATION, partition, offset, share);
    boolean forgets = head.isCorrection() && memory.size(head.replaces()) > 0;
    if (hasRows() && !fits(uses, evaluated ? 1 : 0)) {
      cut();
    }
    cover(span, offset, head.timeMs());
    newestUsed = current;
    split = false;
    if ((uses > 0 || evaluated || forgets) && !readFeatures(event)) {
      uses = 0;
      evaluated = false;
      forgets = false;
    }
    if (forgets) {
      memory.forget(head.replaces(), partition, offset, scratch);
    }
    if (evaluated) {
      known = known == null ? current.known() : known;
      evaluation.add(head.label(), 1 / share, partition, offset, false, scratch, 0);
      missing.add(decoder, 1 / share);
    }
    tellRecent(partition, head, evaluated);
    if (uses > 0) {
      draw(current, partition, offset, head, uses);
    }
    pay(current, partition, offset);
    if (split && hasAny()) {
      cut();
    }
    cutIfFull();
  }

  /**
   * Whether the open record is older than the linger time; called often, it keeps records young:
   * its age counts from the first call that finds any.
   */
  public boolean due(long nowMs) {
    if (!hasAny()) {
      return false;
    }
    if (openedAtMs < 0) {
      openedAtMs = nowMs;
    }
    return nowMs - openedAtMs >= limits.lingerMs();
  }

  /** Whether the open record has anything to pass on. */
  public boolean hasAny() {
    return hasRows() || spans.values().stream().anyMatch(OpenSpan::progress);
  }

  /** Cuts the open record, even an empty one, its draws shuffled, and starts the next. */
  public void cut() {
    SamplingPlan current = requirePlan();
    SamplingPlan newest = newestUsed == null ? current : newestUsed;
    SortedMap<Integer, Span> covered = new TreeMap<>();
    spans.forEach((partition, span) -> covered.put(partition, span.cut()));
    covered.forEach((partition, span) -> span.requireJoins(partition, ended(partition, span.to())));
    MiniBatch batch =
        new MiniBatch(
            draws.draws(shuffled(covered)),
            evaluation
                .slice(IntStream.range(0, evaluation.size()).toArray())
                .withMissing(missing.values()),
            known == null ? newest.known() : known,
            newest.prior(),
            newest.classWeight(),
            newest.uses(),
            new MiniBatch.Origin(
                newest.snapshot().job(),
                newest.snapshot().version(),
                covered,
                // The mark may come in a snapshot that covers no further event.
                current.snapshot().offsets().end(),
                earliestMs,
                latestMs,
                newest.snapshot().stream(),
                schema,
                counted),
            recent == null ? RecentShares.NONE : recent.cut());
    int covering = events;
    before += events;
    newestUsed = null;
    known = null;
    drop();
    sink.accept(batch, covering);
  }

  /** Where the partition's last span ended, and from now on this one does. */
  private long ended(int partition, long end) {
    return Objects.requireNonNull(ends.put(partition, end), "a partition in hand");
  }

  private void cover(OpenSpan span, long offset, long timeMs) {
    span.cover(offset);
    events++;
    counted++;
    earliestMs = Math.min(earliestMs, timeMs);
    latestMs = Math.max(latestMs, timeMs);
  }

  /**
   * An event's row tells of the labels before it. A correction is none of a new event; an event
   * whose features cannot be read is one: nobody reads those of all.
   */
  private void tellRecent(int partition, EventHead head, boolean evaluated) {
    if (recent == null || head.isCorrection()) {
      return;
    }
    if (evaluated) {
      recent.row(partition);
    }
    recent.saw(partition, head.label());
  }

  /** Reads features; an event that is refused is told before anything that covers it is cut. */
  private boolean readFeatures(RawEvent event) {
    try {
      decoder.features(event, scratch, 0);
      return true;
    } catch (EventRejectedException e) {
      rejections.accept(e);
      return false;
    }
  }

  /** The event itself; replays of its class, which by then remembers it, are owed. */
  private void draw(SamplingPlan current, int partition, long offset, EventHead head, int uses) {
    int label = head.label();
    double weight = current.lossWeight(label, head.importance());
    if (memory.size(label) == 0) {
      credits.payable();
    }
    memory.add(label, partition, offset, scratch, 0, head.replaces());
    makeRoom();
    draws.add(label, weight, partition, offset, true, scratch, 0);
    draws.replaces(head.replaces());
    if (uses > 1) {
      credits.arrived(current, label, uses - 1);
    }
  }

  /** Adds to every class's account and draws what is due, whether or not the class arrives. */
  private void pay(SamplingPlan current, int partition, long offset) {
    if (!credits.due()) {
      return;
    }
    credits.settle(current);
    for (int label = 0; label < schema.classes().size(); label++) {
      int due = memory.size(label) > 0 ? credits.take(label) : 0;
      for (int i = 0; i < due; i++) {
        if (hasAllDraws()) {
          cut();
        }
        makeRoom();
        long index = ((label + 1L) << Integer.SIZE) + i;
        replay(label, current.scheduledWeight(label), partition, offset, index);
      }
    }
    credits.rest(current, memory);
  }

  private void replay(int label, double weight, int partition, long offset, long index) {
    int pick = random.pick(Purpose.REPLAY, partition, offset, index, memory.undealt(label));
    int slot = memory.deal(label, pick);
    draws.add(
        label,
        weight,
        memory.partition(label, slot),
        memory.offset(label, slot),
        false,
        memory.features(label),
        slot * scratch.length);
    draws.replaces(memory.replaces(label, slot));
  }

  private void cutIfFull() {
    if (full()) {
      cut();
    }
  }

  private void makeRoom() {
    if (hasRows() && !fits(1, 0)) {
      cut();
      split = true;
    }
  }

  private boolean hasRows() {
    return draws.size() + evaluation.size() > 0;
  }

  /**
   * Whether it has all the draws that it may have: the more, the more events came before it. A
   * short record lets a young model learn from an event before more are scored; once the stream is
   * long, a record costs more than it teaches.
   */
  private boolean hasAllDraws() {
    long most = limits.leastDraws() * (1 + before / GROWTH_EVENTS);
    return draws.size() >= Math.min(limits.draws(), most);
  }

  /**
   * Whether it is to be cut: it has all its draws, or covers all the events it may, which are no
   * more than came before it. All that a record covers is scored by what earlier ones taught: the
   * first events of a job would otherwise be scored, by the dozen, by a model that knows nothing.
   */
  private boolean full() {
    long mostEvents = Math.max(1, Math.min(limits.events(), before));
    return events >= mostEvents || hasAllDraws();
  }

  /** Whether so many rows more keep it within {@code maxBytes}. */
  private boolean fits(int drawn, int evaluated) {
    int slice = evaluation.size() + evaluated;
    return bytes(spans.size(), draws.size() + drawn + slice, slice) <= limits.maxBytes();
  }

  /**
   * An upper bound of the bytes of a record.
   *
   * @param partitions in hand
   * @param rows that it has in all
   * @param evaluated those of them in its evaluation slice
   */
  private long bytes(int partitions, int rows, int evaluated) {
    long shares = recent == null ? 0 : recent.bytes(partitions, evaluated);
    return headBytes + (long) PARTITION_BYTES * partitions + rowBytes * rows + shares;
  }

  /** Drops the rows gathered; the spans stay. */
  private void drop() {
    draws.clear();
    evaluation.clear();
    missing.clear();
    events = 0;
    counted = 0;
    openedAtMs = -1;
    earliestMs = Long.MAX_VALUE;
    latestMs = Long.MIN_VALUE;
  }

  /** By what the record covers alone. */
  private int[] shuffled(SortedMap<Integer, Span> covered) {
    int partition = covered.isEmpty() ? 0 : covered.firstKey();
    long offset = covered.values().stream().mapToLong(Span::to).sum();
    return random.permutation(Purpose.SHUFFLE, partition, offset, draws.size());
  }

  private SamplingPlan requirePlan() {
    if (plan == null) {
      throw new IllegalStateException("no plan yet");
    }
    return plan;
  }
}
