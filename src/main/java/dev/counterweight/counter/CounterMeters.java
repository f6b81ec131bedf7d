package dev.counterweight.counter;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.kafka.OpenTransactions.Held;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The counter's meters. Events may be counted by several threads; {@link #published}, {@link #lag}
 * and {@link #held} are for one; gauges are read by any.
 */
final class CounterMeters {
  private static final String ROLE = "counter";

  private final InstantSource clock;
  private final Map<CounterMetric, Counter> counters;
  private final Map<Reason, Counter> passedOver;
  private final Timer latency;
  private final AtomicLongArray seenMs;
  private volatile @Nullable Snapshot newest;
  private volatile long publishedMs = -1;
  private volatile long lag = -1;
  private volatile @Nullable Held held;

  CounterMeters(MeterRegistry registry, String job, List<String> classes, InstantSource clock) {
    JobMeters meters = new JobMeters(registry, job);
    this.clock = clock;
    this.counters = meters.counters(CounterMetric.class);
    this.passedOver = meters.passedOver(ROLE);
    this.latency = meters.timer(JobMetric.EVENT_LATENCY, "weights");
    long[] now = new long[classes.size()];
    Arrays.fill(now, clock.millis());
    this.seenMs = new AtomicLongArray(now);
    meters.gauge(JobMetric.WEIGHTS_VERSION, () -> of(Snapshot::version), ROLE);
    meters.gauge(JobMetric.WEIGHTS_AGE, () -> since(publishedMs), ROLE);
    meters.gauge(JobMetric.LAG, () -> lag < 0 ? Double.NaN : lag, ROLE);
    meters.gauge(CounterMetric.HELD, () -> held(Held::offsets));
    meters.gauge(CounterMetric.HELD_TIME, () -> held(h -> h.forMs(clock.millis()) / 1e3));
    perClass(meters, CounterMetric.CLASS_EVENTS, classes, (w, c) -> w.counts().events(c));
    perClass(meters, CounterMetric.CLASS_DECAYED, classes, (w, c) -> w.counts().n(c));
    perClass(meters, CounterMetric.CLASS_PRIOR, classes, (w, c) -> w.priors()[c]);
    perClass(meters, CounterMetric.CLASS_WEIGHT, classes, (w, c) -> w.weights()[c]);
    meters.gauges(CounterMetric.CLASS_UNSEEN, classes, c -> since(seenMs.get(c)));
  }

  /** So many more of a metric that only counts, such as {@link CounterMetric#COUNTED}. */
  void count(CounterMetric metric, long more) {
    Objects.requireNonNull(counters.get(metric)).increment(more);
  }

  /** Records that are no events to count, and no dead letters either. */
  void passedOver(Reason reason, int records) {
    Objects.requireNonNull(passedOver.get(reason)).increment(records);
  }

  /** Events that this process has yet to read of the partitions it has. */
  void lag(long events) {
    lag = events;
  }

  /** What open transactions hold back of the events topic. */
  void held(Held now) {
    held = now;
  }

  /** The newest committed snapshot. */
  void published(Snapshot snapshot) {
    Snapshot before = newest;
    if (before == null || snapshot.version() > before.version()) {
      long nowMs = clock.millis();
      if (before != null) {
        measure(before, snapshot, nowMs);
      }
      publishedMs = nowMs;
      newest = snapshot;
    }
  }

  private void measure(Snapshot before, Snapshot snapshot, long nowMs) {
    boolean grown = false;
    for (int c = 0; c < seenMs.length(); c++) {
      if (snapshot.counts().events(c) > before.counts().events(c)) {
        seenMs.set(c, nowMs);
        grown = true;
      }
    }
    if (grown) {
      long newestEventMs = Math.max(0, nowMs - snapshot.asOfMs());
      latency.record(newestEventMs, TimeUnit.MILLISECONDS);
      // None of the events that this snapshot adds can have come before the last one was made.
      latency.record(Math.max(newestEventMs, nowMs - publishedMs), TimeUnit.MILLISECONDS);
    }
  }

  private double since(long atMs) {
    return atMs < 0 ? Double.NaN : Math.max(0, clock.millis() - atMs) / 1e3;
  }

  private double held(ToDoubleFunction<Held> value) {
    Held now = held;
    return now == null ? Double.NaN : value.applyAsDouble(now);
  }

  private double of(ToDoubleFunction<Snapshot> value) {
    Snapshot snapshot = newest;
    return snapshot == null ? Double.NaN : value.applyAsDouble(snapshot);
  }

  private void perClass(
      JobMeters meters,
      CounterMetric metric,
      List<String> classes,
      ToDoubleBiFunction<Snapshot, Integer> value) {
    meters.gauges(metric, classes, c -> of(w -> value.applyAsDouble(w, c)));
  }
}
