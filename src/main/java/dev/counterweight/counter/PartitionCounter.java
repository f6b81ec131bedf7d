package dev.counterweight.counter;

import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.protocol.ClassIndex;
import dev.counterweight.streams.Alarm;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.weights.DecayedCounts;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Counts the events of one partition and forwards what it has: right after every start or move,
 * then at every update interval in which something came, after every so many events while catching
 * up, when it has caught up, and once the end is reached where there is one. A partition in which
 * nothing comes does nothing.
 *
 * <p>A record is a chunk of events. All of them are in the store before {@link #process} returns:
 * nothing of ours runs between the last chunk and an exactly-once commit, so what is only in a
 * field is lost when the task moves.
 */
final class PartitionCounter implements TaskProcessor.Task<byte[], byte[]> {
  static final String STORE = "counts";

  /** Header of a partial that ends a backlog. */
  static final String CAUGHT_UP = "caught-up";

  private static final long NOT_BEHIND = Long.MAX_VALUE;

  private final ProcessorContext<Integer, PartitionCounts> context;
  private final CounterTopology.Settings settings;
  private final UpdateTimes times;
  private final PublishingPace pace;
  private final int partition;
  private final long end;
  private final KeyValueStore<Integer, PartitionCounts> store;
  private final TimeJumps jumps;
  private final EventTimes eventTimes;
  private final Alarm alarm;
  private PartitionCounts row;
  private boolean joined;
  private boolean forwardedOnce;
  private long changes;
  private long changesForwarded;
  private long changesAtLastLook;
  private long forwardAtChanges;
  private long dueMs;
  private long behindSinceMs = NOT_BEHIND;

  /** Goes on from what the store has of the task's partition. */
  PartitionCounter(
      CounterTopology.Settings settings, ProcessorContext<Integer, PartitionCounts> context) {
    this.context = context;
    this.settings = settings;
    this.times = settings.times();
    this.pace = settings.pace();
    this.partition = context.taskId().partition();
    this.end = settings.end().getOrDefault(partition, Long.MIN_VALUE);
    this.store = context.getStateStore(STORE);
    this.jumps = new TimeJumps(settings.counter().halfLife(), settings.clock());
    this.eventTimes = new EventTimes(settings.clockVote(), settings.metrics());
    this.forwardAtChanges = share();
    PartitionCounts stored = store.get(partition);
    this.row = PartitionStart.of(settings, partition, stored);
    if (!row.equals(stored)) {
      // Else nothing is written before it is known that what is read next joins up: a row restored
      // too early would take the place of the newer one.
      store.put(partition, row);
    }
    settings.own().begin(partition, row.next(), row.counts().sums().totalEvents());
    this.alarm = new Alarm(context, this::look);
    alarm.noLaterThan(times.firstMs(context.currentSystemTimeMs()));
  }

  @Override
  public void close() {
    alarm.cancel();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    forgetFutureLooks();
    EventChunk chunk = EventChunk.of(record.value());
    eventTimes.readClock();
    long next = row.next();
    if (!joined && chunk.events() > 0) {
      requireJoins(next, chunk.offset(0));
      joined = true;
    }
    int counted = 0;
    int unreadable = 0;
    int tombstones = 0;
    int unlabelled = 0;
    int replayed = 0;
    int corrected = 0;
    for (int i = 0; i < chunk.events(); i++) {
      long offset = chunk.offset(i);
      if (offset < next) {
        continue; // committed offsets may be reset behind the store, which is the truth
      }
      switch (chunk.label(i)) {
        case EventChunk.UNREADABLE -> unreadable++;
        case EventChunk.TOMBSTONE -> tombstones++;
        case EventChunk.UNLABELLED -> unlabelled++;
        case EventChunk.COUNTED -> replayed++;
        default -> {
          if (count(chunk, i)) {
            counted++;
          } else {
            corrected++;
          }
        }
      }
      if (changes == changesForwarded) {
        awaitNextLook();
      }
      changes++;
      boolean ends = next < end && offset + 1 >= end;
      next = offset + 1;
      if (changes >= forwardAtChanges || ends) {
        store(next);
        forward(new RecordHeaders());
      }
    }
    store(next);
    if (backlogEnds(chunk.newest(), context.currentSystemTimeMs())) {
      forward(new RecordHeaders().add(CAUGHT_UP, new byte[0]));
      context.commit(); // those who wait for the last events would wait for the interval
    }
    settings.own().add(partition, counted);
    CounterMeters metrics = settings.metrics();
    metrics.count(CounterMetric.COUNTED, counted);
    metrics.count(CounterMetric.UNREADABLE, unreadable);
    metrics.count(CounterMetric.REPLAYED, replayed);
    metrics.count(CounterMetric.CORRECTED, corrected);
    metrics.passedOver(Reason.TOMBSTONE, tombstones);
    metrics.passedOver(Reason.UNLABELLED, unlabelled);
  }

  /**
   * Demands that the first events since the task was opened follow on those in the store. After an
   * outage a store may have been restored before the transaction was complete whose offsets the
   * consumer goes on from: what lies between would never be counted. Started anew, the store has
   * it.
   */
  private void requireJoins(long next, long first) {
    if (first > next && settings.offsets().holdsAny(partition, next, first)) {
      throw new IllegalStateException(
          "partition %d: the state restored counts the events below offset %d, and reading goes on at %d"
              .formatted(partition, next, first));
    }
  }

  /** After a clock was set back, what is due by it would be for as long as that took. */
  private void forgetFutureLooks() {
    if (alarm.setInTheFuture()) {
      alarm.cancel();
      awaitNextLook();
    }
  }

  /** Counts an event; whether it is one more, and not one that was counted with another class. */
  private boolean count(EventChunk chunk, int event) {
    DecayedCounts counts = row.counts();
    int label = chunk.label(event);
    ClassIndex.require(label, counts.sums().classCount(), partition, chunk.offset(event));
    int before = chunk.replaces(event);
    double importance = chunk.importance(event);
    if (before == EventHead.NEW) {
      jumps.see(partition, chunk.offset(event), chunk.timeMs(event));
    }
    long timeMs = eventTimes.of(partition, counts, chunk.timeMs(event));
    boolean taken = before != EventHead.NEW && takeBack(before, importance, timeMs);
    double most = counts.mostImportance(label);
    if (importance > most) {
      settings.metrics().count(CounterMetric.CLAMPED, 1);
      importance = most;
    }
    counts.add(label, importance, timeMs);
    return !taken;
  }

  /** Takes an event from the class that it was counted in, if that has any left here. */
  private boolean takeBack(int label, double importance, long timeMs) {
    DecayedCounts counts = row.counts();
    double counted = Math.min(importance, counts.mostImportance(label));
    if (counts.take(label, counted, timeMs)) {
      return true;
    }
    settings.metrics().count(CounterMetric.UNMATCHED, 1);
    return false;
  }

  /** Nothing counted may be in memory only when {@link #process} returns. */
  private void store(long next) {
    row = row.movedTo(next);
    store.put(partition, row);
  }

  /**
   * Takes note of whether the partition is behind. In a steady flow it falls behind for a moment
   * again and again: that is no backlog.
   *
   * @param newest whether nothing was waiting behind what was counted last
   * @return whether a backlog ends with it
   */
  private boolean backlogEnds(boolean newest, long nowMs) {
    boolean ends = newest && behindSinceMs != NOT_BEHIND && times.backlog(nowMs - behindSinceMs);
    // The clock may have been set back.
    behindSinceMs = newest ? NOT_BEHIND : Math.min(behindSinceMs, nowMs);
    return ends;
  }

  private void look(long nowMs) {
    boolean pending = changes > changesForwarded;
    boolean quiet = changes == changesAtLastLook;
    changesAtLastLook = changes;
    boolean due = times.timed() && nowMs >= dueMs;
    // The last offset before the end may be one that no event has.
    boolean still = quiet && (!times.timed() || endAhead());
    // Where only counts may decide, a first partial of what happens to be counted would not.
    boolean first = !forwardedOnce && (quiet || times.timed());
    if (first || (pending && (due || still))) {
      forward(new RecordHeaders());
      context.commit(); // the merger sees it only then
    } else if (pending) {
      lookAgain(nowMs);
    }
  }

  /** Called for the first event after a partial. */
  private void awaitNextLook() {
    long nowMs = context.currentSystemTimeMs();
    if (times.timed()) {
      dueMs = times.partialMs(nowMs);
    }
    lookAgain(nowMs);
  }

  private void lookAgain(long nowMs) {
    if (times.timed()) {
      alarm.noLaterThan(dueMs);
    }
    if (!times.timed() || endAhead()) {
      alarm.noLaterThan(times.quietMs(nowMs, endAhead()));
    }
  }

  private boolean endAhead() {
    return row.next() < end;
  }

  private void forward(Headers headers) {
    forwardedOnce = true;
    changesForwarded = changes;
    forwardAtChanges = changes + share();
    context.forward(new Record<>(partition, row, context.currentSystemTimeMs(), headers));
  }

  /** Events to the next partial while catching up: the partition's part of the pace. */
  private long share() {
    long all = changes * settings.partitions();
    return Math.max(1, (pace.next(all) - all) / settings.partitions());
  }
}
