package dev.counterweight.counter;

import dev.counterweight.event.Schema;
import dev.counterweight.streams.Alarm;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import dev.counterweight.weights.Weighting;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
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
final class SnapshotMerger implements TaskProcessor.Task<Integer, PartitionCounts> {
  static final String PARTIALS = "partials";
  static final String VERSION = "version";
  private static final String VERSION_KEY = "version";
  private static final long NONE = Long.MAX_VALUE;

  private final ProcessorContext<byte[], byte[]> context;
  private final CounterTopology.Settings settings;
  private final UpdateTimes times;
  private final PublishingPace pace;
  private final Weighting weighting;
  private final Snapshot.Formula formula;
  private final byte[] key;
  private final KeyValueStore<String, Long> versions;
  private final Partials partials;
  private final Alarm alarm;
  private @Nullable Snapshot published;
  private long publishedMs;
  private long dueMs;
  private long backlogEndsMs = NONE;
  private boolean changed;
  private boolean quiet = true;
  private boolean endPublished;
  private long eventsPublished;

  /** Goes on from what the stores have. */
  SnapshotMerger(CounterTopology.Settings settings, ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    this.settings = settings;
    this.times = settings.times();
    this.pace = settings.pace();
    this.weighting = new Weighting(settings.counter().formula(), settings.counter().maxRatio());
    Map<String, Double> parameters = new TreeMap<>(weighting.parameters());
    parameters.putAll(settings.counter().halfLife().parameters());
    this.formula = new Snapshot.Formula(weighting.formula().name(), parameters);
    this.key = settings.job().getBytes(StandardCharsets.UTF_8);
    this.versions = context.getStateStore(VERSION);
    this.partials =
        new Partials(context.getStateStore(PARTIALS), settings.classCount(), settings.clockVote());
    this.eventsPublished = partials.progress();
    this.alarm = new Alarm(context, this::look);
    alarm.noLaterThan(times.firstMs(context.currentSystemTimeMs()));
  }

  @Override
  public void close() {
    alarm.cancel();
  }

  @Override
  public void process(Record<Integer, PartitionCounts> partial) {
    forgetFutureLooks();
    if (!partials.take(partial.key(), partial.value())) {
      return;
    }
    quiet = false;
    if (!changed) {
      changed = true;
      awaitNextLook();
    }
    boolean ends = endAhead() && partials.cover(settings.end());
    if (ends || partials.progress() >= pace.next(eventsPublished)) {
      publish();
    }
    if (partial.headers().lastHeader(PartitionCounter.CAUGHT_UP) != null) {
      awaitBacklog();
    }
  }

  /** After a clock was set back, what is due by it would be for as long as that took. */
  private void forgetFutureLooks() {
    if (alarm.setInTheFuture()) {
      alarm.cancel();
      publishedMs = Math.min(publishedMs, context.currentSystemTimeMs());
      backlogEndsMs = NONE;
      awaitNextLook();
    }
  }

  /** Other partitions, which took their share of the same backlog, catch up about now too. */
  private void awaitBacklog() {
    if (times.timed()) {
      backlogEndsMs = Math.min(backlogEndsMs, times.graceMs(context.currentSystemTimeMs()));
      alarm.noLaterThan(backlogEndsMs);
    }
  }

  private void look(long nowMs) {
    boolean due = times.timed() && nowMs >= dueMs;
    boolean still = quiet && (!times.timed() || endAhead());
    boolean heartbeat = times.timed() && nowMs >= times.heartbeatMs(publishedMs);
    boolean first = published == null && (quiet || times.timed());
    boolean caughtUp = nowMs >= backlogEndsMs;
    quiet = true;
    if (first || (changed && (due || still || caughtUp)) || heartbeat) {
      publish();
      context.commit(); // those who follow see it only then
    } else if (caughtUp) {
      context.commit(); // published by count since
    }
    backlogEndsMs = caughtUp ? NONE : backlogEndsMs;
    lookAgain(nowMs);
  }

  /** Called for the first partial after a snapshot. */
  private void awaitNextLook() {
    long nowMs = context.currentSystemTimeMs();
    if (times.timed()) {
      dueMs = published != null ? times.snapshotMs(nowMs, publishedMs) : times.firstMs(nowMs);
    }
    lookAgain(nowMs);
  }

  private void lookAgain(long nowMs) {
    if (times.timed() && changed) {
      alarm.noLaterThan(dueMs);
    } else if (times.timed() && published != null) {
      alarm.noLaterThan(times.heartbeatMs(publishedMs));
    }
    if (changed && (!times.timed() || endAhead())) {
      alarm.noLaterThan(times.quietMs(nowMs, endAhead()));
    }
    if (backlogEndsMs != NONE) {
      alarm.noLaterThan(backlogEndsMs);
    }
  }

  private boolean endAhead() {
    return !settings.end().isEmpty() && !endPublished;
  }

  private void publish() {
    Long before = versions.get(VERSION_KEY);
    if (before == null && partials.size() < settings.partitions()) {
      changed = false; // the next partial has it looked at again
      return;
    }
    partials.moveBack();
    long version = before == null ? 1 : before + 1;
    versions.put(VERSION_KEY, version);
    Snapshot snapshot = snapshot(version);
    snapshot.requireWhole();
    if (published != null) {
      snapshot.requireNext(published, settings.events().labelled());
    }
    published = snapshot;
    publishedMs = context.currentSystemTimeMs();
    context.forward(new Record<>(key, SnapshotJson.write(snapshot), publishedMs));
    endPublished = endPublished || (endAhead() && partials.cover(settings.end()));
    changed = false;
    eventsPublished = partials.progress();
  }

  private Snapshot snapshot(long version) {
    Schema schema = settings.events().schema().schema();
    ClassCounts sum = partials.sum();
    return new Snapshot(
        settings.job(),
        version,
        partials.asOfMs(),
        schema.classes(),
        sum,
        sum.priors(),
        weighting.of(sum.weighted()),
        formula,
        new Snapshot.Offsets(partials.covered(), partials.from(), settings.end(), partials.since()),
        settings.topic().stream(),
        schema);
  }
}
