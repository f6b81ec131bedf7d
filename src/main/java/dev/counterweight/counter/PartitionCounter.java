package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import java.time.Clock;
import java.util.SortedMap;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

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
final class PartitionCounter implements Processor<byte[], byte[], Integer, PartitionCounts> {
  static final String STORE = "counts";

  /** Header of a partial that ends a backlog. */
  static final String CAUGHT_UP = "caught-up";

  /**
   * What all partitions count by.
   *
   * @param halfLife by which what is counted fades
   * @param partitions of the events topic: each task takes its share of the pace
   * @param end {partition: offset to stop at}, or empty
   */
  record Settings(
      EventsConfig events,
      HalfLife halfLife,
      UpdateTimes times,
      PublishingPace pace,
      int partitions,
      SortedMap<Integer, Long> end,
      InputOffsets offsets,
      Clock clock,
      OwnEvents own,
      CounterMeters metrics) {}

  private final Settings settings;
  private @Nullable ProcessorContext<Integer, PartitionCounts> context;
  private @Nullable KeyValueStore<Integer, PartitionCounts> store;
  private @Nullable PartitionCounts row;
  private int partition;
  private @Nullable Alarm alarm;
  private final TimeJumps jumps;
  private final EventTimes times;
  private Backlog backlog;
  private long end;
  private boolean forwardedOnce;
  private long changes;
  private long changesForwarded;
  private long changesAtLastLook;
  private long forwardAtChanges;
  private long dueMs;

  PartitionCounter(Settings settings) {
    this.settings = settings;
    this.jumps = new TimeJumps(settings.halfLife(), settings.clock());
    this.times =
        new EventTimes(
            new ClockBound(settings.clock(), settings.events().maxFutureMs()), settings.metrics());
    this.backlog = new Backlog(settings.times());
  }

  @Override
  public void init(ProcessorContext<Integer, PartitionCounts> newContext) {
    // Streams revives a task with the same processor: what was forwarded may have been aborted.
    forwardedOnce = false;
    changes = 0;
    changesForwarded = 0;
    changesAtLastLook = 0;
    forwardAtChanges = share();
    backlog = new Backlog(settings.times());
    context = newContext;
    partition = newContext.taskId().partition();
    end = settings.end().getOrDefault(partition, Long.MIN_VALUE);
    KeyValueStore<Integer, PartitionCounts> counts = newContext.getStateStore(STORE);
    store = counts;
    PartitionCounts start = new PartitionStart(settings).of(partition, counts.get(partition));
    row = start;
    counts.put(partition, start);
    settings.offsets().goOnAt(partition, start.next());
    settings.own().begin(partition, start.counts().sums().totalEvents());
    alarm = new Alarm(newContext, this::look);
    alarm.noLaterThan(settings.times().firstMs(newContext.currentSystemTimeMs()));
  }

  @Override
  public void close() {
    if (alarm != null) {
      alarm.cancel();
    }
  }

  @Override
  public void process(Record<byte[], byte[]> event) {
    forgetFutureLooks();
    EventChunk chunk = EventChunk.of(event.value());
    times.readClock();
    DecayedCounts counts = present(row).counts();
    long next = present(row).next();
    int counted = 0;
    int passedOver = 0;
    int tombstones = 0;
    for (int i = 0; i < chunk.events(); i++) {
      long offset = chunk.offset(i);
      if (offset < next) {
        continue; // committed offsets may be reset behind the store, which is the truth
      }
      if (chunk.label(i) == EventChunk.UNREADABLE) {
        passedOver++;
      } else if (chunk.label(i) == EventChunk.TOMBSTONE) {
        tombstones++;
      } else {
        jumps.see(partition, offset, chunk.timeMs(i));
        counts.add(
            chunk.label(i),
            importance(counts, chunk.label(i), chunk.importance(i)),
            times.of(partition, counts, chunk.timeMs(i)));
        counted++;
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
    if (backlog.endsWith(chunk.newest(), present(context).currentSystemTimeMs())) {
      forward(new RecordHeaders().add(CAUGHT_UP, new byte[0]));
      present(context).commit(); // those who wait for the last events would wait for the interval
    }
    settings.own().add(partition, counted);
    settings.metrics().counted(counted);
    settings.metrics().passedOver(passedOver);
    settings.metrics().tombstones(tombstones);
  }

  /** After a clock was set back, what is due by it would be for as long as that took. */
  private void forgetFutureLooks() {
    if (present(alarm).setInTheFuture()) {
      present(alarm).cancel();
      awaitNextLook();
    }
  }

  /** Nothing counted may be in memory only when {@link #process} returns. */
  private void store(long next) {
    PartitionCounts now = present(row).movedTo(next);
    row = now;
    present(store).put(partition, now);
  }

  private double importance(DecayedCounts counts, int label, double importance) {
    double most = counts.mostImportance(label);
    if (importance <= most) {
      return importance;
    }
    settings.metrics().clamped();
    return most;
  }

  private void look(long nowMs) {
    boolean pending = changes > changesForwarded;
    boolean quiet = changes == changesAtLastLook;
    changesAtLastLook = changes;
    boolean due = settings.times().timed() && nowMs >= dueMs;
    // The last offset before the end may be one that no event has.
    boolean still = quiet && (!settings.times().timed() || endAhead());
    // Where only counts may decide, a first partial of what happens to be counted would not.
    boolean first = !forwardedOnce && (quiet || settings.times().timed());
    if (first || (pending && (due || still))) {
      forward(new RecordHeaders());
      present(context).commit(); // the merger sees it only then
    } else if (pending) {
      lookAgain(nowMs);
    }
  }

  /** Called for the first event after a partial. */
  private void awaitNextLook() {
    long nowMs = present(context).currentSystemTimeMs();
    if (settings.times().timed()) {
      dueMs = settings.times().partialMs(nowMs);
    }
    lookAgain(nowMs);
  }

  private void lookAgain(long nowMs) {
    if (settings.times().timed()) {
      present(alarm).noLaterThan(dueMs);
    }
    if (!settings.times().timed() || endAhead()) {
      present(alarm).noLaterThan(settings.times().quietMs(nowMs, endAhead()));
    }
  }

  private boolean endAhead() {
    return present(row).next() < end;
  }

  private void forward(Headers headers) {
    forwardedOnce = true;
    changesForwarded = changes;
    forwardAtChanges = changes + share();
    ProcessorContext<Integer, PartitionCounts> to = present(context);
    to.forward(new Record<>(partition, present(row), to.currentSystemTimeMs(), headers));
  }

  /** Events to the next partial while catching up. */
  private long share() {
    long all = changes * settings.partitions();
    return Math.max(1, (settings.pace().next(all) - all) / settings.partitions());
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("used before init");
    }
    return value;
  }
}
