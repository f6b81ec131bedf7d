package dev.counterweight.joiner;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.joining.RecentDelays;
import dev.counterweight.joining.Side;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The joiner's meters: what was done is counted, what waits is what each task last said of itself.
 * All are there from the start, so that rates begin at nothing. Thread-safe.
 */
final class JoinerMeters {
  private static final String ROLE = "joiner";

  /** What became of events and labels, as the page names it. */
  private static final List<JoinerMetric> TOLD =
      List.of(
          JoinerMetric.MATCHED,
          JoinerMetric.UNLABELLED,
          JoinerMetric.DROPPED,
          JoinerMetric.CORRECTED,
          JoinerMetric.LATE,
          JoinerMetric.UNMATCHED);

  private final InstantSource clock;
  private final long overMs;
  private final Sides<Counter> read;
  private final Sides<Counter> refused;
  private final Sides<Counter> lost;
  private final Map<Side, Long> lag = new ConcurrentHashMap<>();
  private final Map<Reason, Counter> passedOver;
  private final Map<JoinerMetric, Counter> counters;
  private final Timer maturity;
  private final RecentDelays recent = new RecentDelays();
  private final Map<String, Held> tasks = new ConcurrentHashMap<>();
  private volatile long labelMs;
  private volatile double stateBytes = Double.NaN;

  /**
   * What a task holds.
   *
   * @param oldestMs event time of the oldest waiting event, {@link Long#MAX_VALUE} if none waits
   */
  record Held(long waiting, long labels, long oldestMs) {}

  /**
   * @param overMs after how long an event's wait is over: the wait and its grace
   */
  JoinerMeters(MeterRegistry registry, String job, long overMs, InstantSource clock) {
    JobMeters meters = new JobMeters(registry, job);
    this.clock = clock;
    this.overMs = overMs;
    this.labelMs = clock.millis();
    this.read = Sides.of(side -> meters.counter(JoinerMetric.READ, side.text()));
    this.refused = Sides.of(side -> meters.counter(JoinerMetric.REFUSED, side.text()));
    this.lost = Sides.of(side -> meters.counter(JoinerMetric.LOST, side.text()));
    for (Side side : Side.values()) {
      meters.gauge(JoinerMetric.LAG, () -> lagOf(side), side.text());
    }
    this.passedOver = meters.passedOver(ROLE);
    this.counters = meters.counters(JoinerMetric.class);
    this.maturity = meters.timer(JoinerMetric.MATURITY);
    meters.gauge(JobMetric.LAG, () -> lagOf(Side.EVENTS) + lagOf(Side.LABELS), ROLE);
    meters.gauge(JoinerMetric.STATE_SIZE, () -> stateBytes);
    meters.gauge(JoinerMetric.WAITING, () -> sum(Held::waiting));
    meters.gauge(JoinerMetric.KEPT, () -> sum(Held::labels));
    meters.gauge(JoinerMetric.OLDEST, this::oldestS);
    meters.gauge(JoinerMetric.WAIT, () -> overMs / 1e3);
    meters.gauge(JoinerMetric.SEEN, () -> Math.max(0, clock.millis() - labelMs) / 1e3);
  }

  /** Records of a side that were read, readable or not. */
  void read(Side side, int records) {
    read.of(side).increment(records);
    if (side == Side.LABELS && records > 0) {
      labelMs = clock.millis();
    }
  }

  /** A record of a side that became a dead letter. */
  void refused(Side side) {
    refused.of(side).increment();
  }

  /** Records that are neither events nor labels, and no dead letters either. */
  void passedOver(Reason reason, int records) {
    Objects.requireNonNull(passedOver.get(reason)).increment(records);
  }

  /** Offsets of a side that retention deleted before they were joined. */
  void lost(Side side, long offsets) {
    lost.of(side).increment(offsets);
  }

  /** Records of a side that this process has yet to read of the partitions it has. */
  void lag(Side side, long records) {
    lag.put(side, records);
  }

  /** An event was written with its label, which came that much later. */
  void matched(long waitedMs) {
    count(JoinerMetric.MATCHED);
    maturity.record(waitedMs, TimeUnit.MILLISECONDS);
    recent.labelled(waitedMs);
  }

  /** An event's wait ended without a label, and it was written all the same. */
  void unlabelled() {
    count(JoinerMetric.UNLABELLED);
    recent.never();
  }

  /** An event's wait ended without a label, and it was not written. */
  void dropped() {
    count(JoinerMetric.DROPPED);
    recent.never();
  }

  /** One more of a metric that only counts, such as {@link JoinerMetric#LATE}. */
  void count(JoinerMetric metric) {
    counter(metric).increment();
  }

  /** What a task holds now. */
  void holds(String task, Held held) {
    tasks.put(task, held);
  }

  /** A task that this process no longer has. */
  void closed(String task) {
    tasks.remove(task);
  }

  /** Size on disk of all that the tasks hold. */
  void stateBytes(long bytes) {
    stateBytes = bytes;
  }

  /** How late labels are, and what waits, for the live page; empty before the first event. */
  Optional<String> page() {
    List<String> figures = new ArrayList<>();
    recent.medianMs().ifPresent(ms -> figures.add("\"median_seconds\":" + ms / 1e3));
    double never = recent.neverShare();
    if (!Double.isNaN(never)) {
      figures.add("\"never_share\":" + never);
    }
    long waiting = (long) sum(Held::waiting);
    if (figures.isEmpty() && waiting == 0) {
      return Optional.empty();
    }
    figures.add("\"waiting\":" + waiting);
    figures.add("\"oldest_seconds\":" + oldestS());
    figures.add("\"wait_seconds\":" + overMs / 1e3);
    for (JoinerMetric metric : TOLD) {
      String name = metric.name().toLowerCase(Locale.ROOT);
      figures.add("\"%s\":%d".formatted(name, (long) counter(metric).count()));
    }
    for (Side side : Side.values()) {
      figures.add("\"read_%s\":%d".formatted(side.text(), (long) read.of(side).count()));
    }
    figures.add("\"label_seconds\":" + Math.max(0, clock.millis() - labelMs) / 1e3);
    lag.forEach((side, records) -> figures.add("\"lag_%s\":%d".formatted(side.text(), records)));
    return Optional.of(figures.stream().collect(Collectors.joining(",", "{", "}")));
  }

  private Counter counter(JoinerMetric metric) {
    Counter counter = counters.get(metric);
    if (counter == null) {
      throw new IllegalArgumentException(metric + " is no counter without tags");
    }
    return counter;
  }

  private double lagOf(Side side) {
    Long records = lag.get(side);
    return records == null ? Double.NaN : records;
  }

  private double oldestS() {
    long oldestMs = tasks.values().stream().mapToLong(Held::oldestMs).min().orElse(Long.MAX_VALUE);
    return oldestMs == Long.MAX_VALUE ? 0 : Math.max(0, clock.millis() - oldestMs) / 1e3;
  }

  private double sum(ToLongFunction<Held> value) {
    return tasks.values().stream().mapToLong(value).sum();
  }
}
