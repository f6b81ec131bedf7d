package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.Schema;
import dev.counterweight.sampling.HashRandom.Purpose;
import java.util.function.Consumer;
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
public final class RecordAssembler {
  // Steps over whose batches the replays that an arrival brings are spread.
  private static final int SPREAD_STEPS = 16;

  private final HashRandom chance;
  private final ReplayBuffer memory;
  private final EventDecoder decoder;
  private final Consumer<EventRejectedException> rejections;
  private final RecordSink sink;
  private final OpenRecord open;
  private final DrawCredits accounts;
  private final int classCount;
  private final float[] scratch;

  private @Nullable SamplingPlan plan;
  private @Nullable SamplingPlan newestUsed;

  /** Of the first snapshot that covers an evaluation row of the open record. */
  private MiniBatch.@Nullable Known known;

  private boolean split;

  /**
   * @param schema of the events, told with every record
   * @param decoder reads the features of events that are drawn or evaluated
   * @param rejections hears why the event being added is not used, before a record covering it is
   *     cut
   * @param sink receives every record cut, in order
   */
  public RecordAssembler(
      Schema schema,
      OpenRecord.Limits limits,
      HashRandom chance,
      ReplayBuffer memory,
      EventDecoder decoder,
      Consumer<EventRejectedException> rejections,
      RecordSink sink) {
    this.chance = chance;
    this.memory = memory;
    this.decoder = decoder;
    this.rejections = rejections;
    this.sink = sink;
    this.open = new OpenRecord(schema, limits, chance);
    this.classCount = schema.classes().size();
    this.accounts = new DrawCredits(classCount, limits.draws(), SPREAD_STEPS * limits.leastDraws());
    this.scratch = new float[schema.features().size()];
  }

  /** Takes a partition in hand, at the offset to be used next. */
  public void open(int partition, long position) {
    open.spans().open(partition, position);
  }

  /** Lets a partition go; what the open record covers of it must have been cut before. */
  public void close(int partition) {
    open.spans().close(partition);
  }

  /** The next offset of a partition in hand to be used. */
  public long position(int partition) {
    return open.spans().position(partition);
  }

  /** The plan for the events from now on; what the schedule owes by now is paid in full. */
  public void plan(SamplingPlan next) {
    SamplingPlan before = plan;
    if (before != null) {
      accounts.replan(before, next);
    }
    plan = next;
  }

  /**
   * Says how many events of the job came before those used from now on, at least: this instance
   * knows of those that it used itself.
   */
  public void cameBefore(long least) {
    open.cameBefore(least);
  }

  /** Accounts of scheduled draws start again at zero. */
  public void clearAccounts() {
    accounts.clear();
  }

  /** Forgets the open record, the partitions in hand and the accounts. */
  public void clear() {
    open.clear();
    open.spans().clear();
    newestUsed = null;
    known = null;
    clearAccounts();
  }

  /** Everything below {@code position} is used, whether or not there is an event just before it. */
  public void advance(int partition, long position) {
    open.spans().advance(partition, position);
  }

  /** Moves past an event whose head cannot be read: it counts for nothing and draws nothing. */
  public void reject(int partition, long offset) {
    open.cover(partition, offset);
    cutIfFull();
  }

  /**
   * Uses an event, which stands at or after its partition's position. One that is to be drawn or
   * evaluated and whose features cannot be read is covered all the same, and not used.
   */
  public void add(int partition, long offset, EventHead head, byte[] value) {
    SamplingPlan current = requirePlan();
    double rate = current.arrival(head.label());
    int uses = (int) rate;
    if (chance.happens(Purpose.DRAW, partition, offset, rate - uses)) {
      uses++;
    }
    double share = current.evaluation(head.label());
    boolean evaluated = chance.happens(Purpose.EVALUATION, partition, offset, share);
    if (open.hasRows() && !open.fits(uses + (evaluated ? 1 : 0))) {
      cut();
    }
    open.cover(partition, offset, head.timeMs());
    newestUsed = current;
    split = false;
    if (uses > 0 || evaluated) {
      try {
        readFeatures(value);
      } catch (EventRejectedException e) {
        // Told before anything is cut: the dead letter goes with the record that covers the event.
        rejections.accept(e);
        uses = 0;
        evaluated = false;
      }
    }
    if (evaluated) {
      known = known == null ? current.known() : known;
      open.evaluation().add(head.label(), 1 / share, partition, offset, false, scratch, 0);
    }
    if (uses > 0) {
      draw(current, partition, offset, head, uses);
    }
    pay(current, partition, offset);
    if (split && open.hasAny()) {
      cut();
    }
    cutIfFull();
  }

  /** Whether the open record is old enough to be cut; called often, it keeps records young. */
  public boolean due(long nowMs) {
    return open.due(nowMs);
  }

  /** Whether the open record has anything to pass on. */
  public boolean hasAny() {
    return open.hasAny();
  }

  /** Cuts the open record, even an empty one. */
  public void cut() {
    SamplingPlan current = requirePlan();
    SamplingPlan newest = newestUsed == null ? current : newestUsed;
    newestUsed = null;
    MiniBatch.Known served = known == null ? newest.known() : known;
    known = null;
    // The mark may come in a snapshot that covers no further event.
    int events = open.events();
    sink.accept(open.cut(newest, served, current.snapshot().offsets().end()), events);
  }

  private void readFeatures(byte[] value) throws EventRejectedException {
    decoder.features(value, scratch, 0);
    if (open.bytes(1) > open.limits().maxBytes()) {
      throw new EventRejectedException(
          EventRejectedException.Reason.TOO_LARGE,
          "an event of %d features makes a batch record of %d bytes: sampler.record.max.bytes=%d"
              .formatted(scratch.length, open.bytes(1), open.limits().maxBytes()));
    }
  }

  /** The event itself; replays of its class, which by then remembers it, are owed. */
  private void draw(SamplingPlan current, int partition, long offset, EventHead head, int uses) {
    int label = head.label();
    double weight = current.lossWeight(label, head.importance());
    if (memory.size(label) == 0) {
      accounts.payable();
    }
    memory.add(label, partition, offset, scratch, 0);
    makeRoom();
    open.draws().add(label, weight, partition, offset, true, scratch, 0);
    if (uses > 1) {
      accounts.arrived(current, label, uses - 1);
    }
  }

  /** Adds to every class's account and draws what is due, whether or not the class arrives. */
  private void pay(SamplingPlan current, int partition, long offset) {
    if (!accounts.due()) {
      return;
    }
    accounts.settle(current);
    for (int label = 0; label < classCount; label++) {
      int due = memory.size(label) > 0 ? accounts.take(label) : 0;
      for (int i = 0; i < due; i++) {
        if (open.hasAllDraws()) {
          cut();
        }
        makeRoom();
        long index = ((label + 1L) << Integer.SIZE) + i;
        replay(label, current.scheduledWeight(label), partition, offset, index);
      }
    }
    accounts.rest(current, memory);
  }

  private void replay(int label, double weight, int partition, long offset, long index) {
    int pick = chance.pick(Purpose.REPLAY, partition, offset, index, memory.undealt(label));
    int slot = memory.deal(label, pick);
    open.draws()
        .add(
            label,
            weight,
            memory.partition(label, slot),
            memory.offset(label, slot),
            false,
            memory.features(label),
            slot * scratch.length);
  }

  private void cutIfFull() {
    if (open.full()) {
      cut();
    }
  }

  private void makeRoom() {
    if (open.hasRows() && !open.fits(1)) {
      cut();
      split = true;
    }
  }

  private SamplingPlan requirePlan() {
    if (plan == null) {
      throw new IllegalStateException("no plan yet");
    }
    return plan;
  }
}
