package dev.counterweight.counter;

import dev.counterweight.event.Schema;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.SnapshotJson;
import dev.counterweight.weights.Weighting;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest partial of each partition and publishes their sum as a snapshot: right after
 * every start or move, at most once an interval after that, every so many events while catching up,
 * when a partition has caught up, and once the end is covered where there is one. While nothing
 * comes, it publishes the same again before ten intervals have passed and does nothing in between.
 * The version lives in a store, so that it only ever grows.
 *
 * <p>The first snapshot of a job waits for every partition: those who follow begin where it says
 * that the job begins.
 */
final class SnapshotMerger implements Processor<Integer, PartitionCounts, byte[], byte[]> {
  static final String PARTIALS = "partials";
  static final String VERSION = "version";
  static final String PUBLISHED = "published-weights";
  private static final String VERSION_KEY = "version";
  private static final long NONE = Long.MAX_VALUE;

  /**
   * What a snapshot says beside the counts.
   *
   * @param halfLife by which the partials fade
   * @param minChange below which the published weights stand still
   * @param partitions of the events topic, all in the first snapshot
   * @param end {partition: offset to stop at}, or empty
   * @param bound of event times
   */
  record Settings(
      String job,
      Schema schema,
      Weighting weighting,
      HalfLife halfLife,
      double minChange,
      int partitions,
      UpdateTimes times,
      PublishingPace pace,
      SortedMap<Integer, Long> end,
      String clusterId,
      String topicId,
      ClockBound bound) {

    /** All that weights are worked out by beside counts and formula, by configuration key. */
    Map<String, Double> parameters() {
      Map<String, Double> parameters = new TreeMap<>(weighting.parameters());
      parameters.putAll(halfLife.parameters());
      return parameters;
    }

    /** Formula and parameters, in words. */
    String weightedBy() {
      return weighting.formula().name() + " " + parameters();
    }
  }

  private final Settings settings;
  private final byte[] key;
  private final PartialTimes partialTimes;
  private @Nullable ProcessorContext<byte[], byte[]> context;
  private @Nullable KeyValueStore<Integer, PartitionCounts> partials;
  private @Nullable KeyValueStore<String, Long> versions;
  private @Nullable HeldWeights held;
  private @Nullable Alarm alarm;
  private boolean publishedOnce;
  private long publishedMs;
  private long dueMs;
  private long backlogEndsMs;
  private boolean changed;
  private boolean quiet = true;
  private boolean endPublished;
  private long eventsPublished;
  private long eventsMerged;

  SnapshotMerger(Settings settings) {
    this.settings = settings;
    this.partialTimes = new PartialTimes(settings.bound());
    this.key = settings.job().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    // Streams revives a task with the same processor: what was published may have been aborted.
    publishedOnce = false;
    publishedMs = 0;
    endPublished = false;
    changed = false;
    backlogEndsMs = NONE;
    quiet = true;
    context = newContext;
    KeyValueStore<Integer, PartitionCounts> stored = newContext.getStateStore(PARTIALS);
    partials = stored;
    versions = newContext.getStateStore(VERSION);
    held =
        new HeldWeights(
            newContext.getStateStore(PUBLISHED), settings.minChange(), settings.weightedBy());
    eventsMerged = MergedPartials.of(stored).progress();
    eventsPublished = eventsMerged;
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
  public void process(Record<Integer, PartitionCounts> partial) {
    forgetFutureLooks();
    PartitionCounts before = stored().get(partial.key());
    if (before != null && before.next() > partial.value().next()) {
      return;
    }
    stored().put(partial.key(), partial.value());
    long progress = partial.value().progress() - (before == null ? 0 : before.progress());
    eventsMerged += progress;
    partialTimes.saw(partial.value(), progress);
    quiet = false;
    if (!changed) {
      changed = true;
      awaitNextLook();
    }
    boolean ends = !endPublished && endCovered();
    if (ends || eventsMerged >= settings.pace().next(eventsPublished)) {
      publish();
    }
    if (partial.headers().lastHeader(PartitionCounter.CAUGHT_UP) != null) {
      awaitBacklog();
    }
  }

  /** After a clock was set back, what is due by it would be for as long as that took. */
  private void forgetFutureLooks() {
    if (present(alarm).setInTheFuture()) {
      present(alarm).cancel();
      publishedMs = Math.min(publishedMs, present(context).currentSystemTimeMs());
      backlogEndsMs = NONE;
      awaitNextLook();
    }
  }

  /** Other partitions, which took their share of the same backlog, catch up about now too. */
  private void awaitBacklog() {
    if (settings.times().timed()) {
      long graceMs = settings.times().graceMs(present(context).currentSystemTimeMs());
      backlogEndsMs = Math.min(backlogEndsMs, graceMs);
      present(alarm).noLaterThan(backlogEndsMs);
    }
  }

  private void look(long nowMs) {
    UpdateTimes times = settings.times();
    boolean due = times.timed() && nowMs >= dueMs;
    boolean still = quiet && (!times.timed() || endAhead());
    boolean heartbeat = times.timed() && nowMs >= times.heartbeatMs(publishedMs);
    boolean first = !publishedOnce && (quiet || times.timed());
    boolean caughtUp = nowMs >= backlogEndsMs;
    quiet = true;
    if (first || (changed && (due || still || caughtUp)) || heartbeat) {
      publish();
      present(context).commit(); // those who follow see it only then
    } else if (caughtUp) {
      present(context).commit(); // published by count since
    }
    backlogEndsMs = caughtUp ? NONE : backlogEndsMs;
    lookAgain(nowMs);
  }

  /** Called for the first partial after a snapshot. */
  private void awaitNextLook() {
    long nowMs = present(context).currentSystemTimeMs();
    UpdateTimes times = settings.times();
    if (times.timed()) {
      dueMs = publishedOnce ? times.snapshotMs(nowMs, publishedMs) : times.firstMs(nowMs);
    }
    lookAgain(nowMs);
  }

  private void lookAgain(long nowMs) {
    UpdateTimes times = settings.times();
    if (times.timed() && changed) {
      present(alarm).noLaterThan(dueMs);
    } else if (times.timed() && publishedOnce) {
      present(alarm).noLaterThan(times.heartbeatMs(publishedMs));
    }
    if (changed && (!times.timed() || endAhead())) {
      present(alarm).noLaterThan(times.quietMs(nowMs, endAhead()));
    }
    if (backlogEndsMs != NONE) {
      present(alarm).noLaterThan(backlogEndsMs);
    }
  }

  private boolean endAhead() {
    return !settings.end().isEmpty() && !endPublished;
  }

  private boolean endCovered() {
    return !settings.end().isEmpty() && MergedPartials.of(stored()).cover(settings.end());
  }

  private void publish() {
    MergedPartials merged = MergedPartials.of(stored());
    if (version() == 0 && merged.covered().size() < settings.partitions()) {
      changed = false; // the next partial has it looked at again
      return;
    }
    partialTimes.movedBack(merged).forEach(stored()::put);
    long version = version() + 1;
    versions().put(VERSION_KEY, version);
    byte[] json = SnapshotJson.write(merged.snapshot(settings, present(held), version));
    ProcessorContext<byte[], byte[]> to = present(context);
    to.forward(new Record<>(key, json, to.currentSystemTimeMs()));
    publishedOnce = true;
    publishedMs = to.currentSystemTimeMs();
    endPublished = endPublished || (!settings.end().isEmpty() && merged.cover(settings.end()));
    changed = false;
    eventsPublished = eventsMerged;
  }

  private long version() {
    Long version = versions().get(VERSION_KEY);
    return version == null ? 0 : version;
  }

  private KeyValueStore<Integer, PartitionCounts> stored() {
    return present(partials);
  }

  private KeyValueStore<String, Long> versions() {
    return present(versions);
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("used before init");
    }
    return value;
  }
}
