package dev.counterweight.counter;

import dev.counterweight.config.HalfLife;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.ClassWeightsJson;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.SteadyWeights;
import dev.counterweight.weights.Weighting;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
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
   */
  record Settings(
      String job,
      List<String> classes,
      Weighting weighting,
      HalfLife halfLife,
      double minChange,
      int partitions,
      UpdateTimes times,
      PublishingPace pace,
      SortedMap<Integer, Long> end,
      String clusterId,
      String topicId) {}

  private final Settings settings;
  private final byte[] key;
  private @Nullable ProcessorContext<byte[], byte[]> context;
  private @Nullable KeyValueStore<Integer, PartitionCounts> partials;
  private @Nullable KeyValueStore<String, Long> versions;
  private @Nullable KeyValueStore<String, byte[]> published;
  private final SteadyWeights steady;
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
    this.steady = new SteadyWeights(settings.minChange());
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
    eventsMerged = 0;
    context = newContext;
    KeyValueStore<Integer, PartitionCounts> stored = newContext.getStateStore(PARTIALS);
    partials = stored;
    versions = newContext.getStateStore(VERSION);
    KeyValueStore<String, byte[]> held = newContext.getStateStore(PUBLISHED);
    published = held;
    byte[] before = held.get(PUBLISHED);
    if (before != null) {
      double[] weights = new double[before.length / Double.BYTES];
      ByteBuffer.wrap(before).asDoubleBuffer().get(weights);
      steady.resume(weights);
    }
    try (KeyValueIterator<Integer, PartitionCounts> all = stored.all()) {
      while (all.hasNext()) {
        eventsMerged += progress(all.next().value);
      }
    }
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
    PartitionCounts before = stored().get(partial.key());
    if (before != null && before.next() > partial.value().next()) {
      return;
    }
    stored().put(partial.key(), partial.value());
    eventsMerged += progress(partial.value()) - (before == null ? 0 : progress(before));
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
    return !settings.end().isEmpty()
        && settings.end().entrySet().stream()
            .allMatch(
                mark -> {
                  PartitionCounts partial = stored().get(mark.getKey());
                  return partial != null && partial.next() >= mark.getValue();
                });
  }

  private void publish() {
    SortedMap<Integer, Long> covered = new TreeMap<>();
    SortedMap<Integer, Long> from = new TreeMap<>();
    List<DecayedCounts> parts = new ArrayList<>();
    try (KeyValueIterator<Integer, PartitionCounts> all = stored().all()) {
      while (all.hasNext()) {
        KeyValue<Integer, PartitionCounts> partial = all.next();
        covered.put(partial.key, partial.value.next());
        from.put(partial.key, partial.value.from());
        parts.add(partial.value.counts());
      }
    }
    if (version() == 0 && covered.size() < settings.partitions()) {
      changed = false; // the next partial has it looked at again
      return;
    }
    long asOfMs = parts.stream().mapToLong(DecayedCounts::asOfMs).max().orElse(Long.MIN_VALUE);
    ClassCounts sum = new ClassCounts(settings.classes().size());
    parts.forEach(part -> sum.add(part.at(asOfMs)));
    long version = version() + 1;
    versions().put(VERSION_KEY, version);
    byte[] json = ClassWeightsJson.write(snapshot(version, asOfMs, sum, covered, from));
    ProcessorContext<byte[], byte[]> to = present(context);
    to.forward(new Record<>(key, json, to.currentSystemTimeMs()));
    publishedOnce = true;
    publishedMs = to.currentSystemTimeMs();
    endPublished = endPublished || endCovered();
    changed = false;
    eventsPublished = eventsMerged;
  }

  private ClassWeights snapshot(
      long version,
      long asOfMs,
      ClassCounts sum,
      SortedMap<Integer, Long> covered,
      SortedMap<Integer, Long> from) {
    Weighting weighting = settings.weighting();
    Map<String, Double> parameters = new TreeMap<>(weighting.parameters());
    parameters.putAll(settings.halfLife().parameters());
    return new ClassWeights(
        settings.job(),
        version,
        asOfMs,
        settings.classes(),
        sum.events(),
        sum.n(),
        sum.weighted(),
        sum.priors(),
        held(weighting.of(sum.weighted())),
        weighting.formula().name(),
        parameters,
        covered,
        from,
        settings.end(),
        settings.clusterId(),
        settings.topicId());
  }

  /** The weights to publish, kept in the store so that they stand still over a move too. */
  private double[] held(double[] weights) {
    if (settings.minChange() == 0) {
      return weights;
    }
    double[] next = steady.next(weights);
    ByteBuffer bytes = ByteBuffer.allocate(next.length * Double.BYTES);
    bytes.asDoubleBuffer().put(next);
    present(published).put(PUBLISHED, bytes.array());
    return next;
  }

  /** Offsets passed, whether or not they held an event that could be read. */
  private static long progress(PartitionCounts partial) {
    return partial.next() - partial.from();
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
