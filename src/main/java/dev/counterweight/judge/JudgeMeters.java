package dev.counterweight.judge;

import dev.counterweight.evaluation.Confusion;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.JudgedScores;
import dev.counterweight.joining.RecentDelays;
import dev.counterweight.judging.Fate;
import dev.counterweight.protocol.ByClass;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The judge's meters: what came was counted, what waits and the figures are what each task last
 * said of itself. All are there from the start, so that rates begin at nothing. Thread-safe.
 */
final class JudgeMeters {
  private static final Map<Fate, JudgeMetric> METRICS =
      new EnumMap<>(
          Map.of(
              Fate.LABEL_FIRST, JudgeMetric.LABEL_FIRST,
              Fate.EXPIRED, JudgeMetric.EXPIRED,
              Fate.REPEATED, JudgeMetric.REPEATED,
              Fate.UNMATCHED, JudgeMetric.UNMATCHED,
              Fate.CORRECTED, JudgeMetric.CORRECTED));

  private final List<String> classes;
  private final IntFunction<Counter> judged;
  private final IntFunction<Counter> hits;
  private final IntFunction<Counter> decided;
  private final Map<Fate, Counter> fates = new EnumMap<>(Fate.class);
  private final Counter unreadable;
  private final Timer delay;
  private final RecentDelays recent = new RecentDelays();
  private final Map<Integer, Told> tasks = new HashMap<>();
  private final Map<Integer, Told> closed = new HashMap<>();
  private @Nullable JudgedScores together;
  private volatile long lag = -1;
  private volatile double stateBytes = Double.NaN;

  /**
   * What a task says of itself.
   *
   * @param figures of all that was judged since the job began
   * @param fates how often each was since
   * @param waiting scores that wait
   * @param kept labels that wait
   */
  record Told(JudgedScores figures, Map<Fate, Long> fates, long waiting, long kept) {}

  JudgeMeters(MeterRegistry registry, String job, List<String> classes) {
    this.classes = List.copyOf(classes);
    JobMeters meters = new JobMeters(registry, job);
    this.judged = meters.counters(JudgeMetric.JUDGED, classes);
    this.hits = meters.counters(JudgeMetric.HITS, classes);
    this.decided = meters.counters(JudgeMetric.DECIDED, classes);
    METRICS.forEach((fate, metric) -> fates.put(fate, meters.counter(metric)));
    this.unreadable = meters.counter(JudgeMetric.UNREADABLE);
    this.delay = meters.timer(JudgeMetric.DELAY);
    meters.gauge(JobMetric.LAG, () -> lag < 0 ? Double.NaN : lag, "judge");
    meters.gauge(JudgeMetric.STATE_SIZE, () -> stateBytes);
    meters.gauge(JudgeMetric.WAITING, () -> sum(Told::waiting));
    meters.gauge(JudgeMetric.KEPT, () -> sum(Told::kept));
    meters.gauges(
        JudgeMetric.RECALL, classes, c -> figures().confusion().recall(c).orElse(Double.NaN));
    meters.gauges(
        JudgeMetric.PRECISION, classes, c -> figures().confusion().precision(c).orElse(Double.NaN));
    meters.gauge(JudgeMetric.GMEAN, () -> figures().confusion().gmean().orElse(Double.NaN));
    meters.gauge(JudgeMetric.LOG_LOSS, () -> figures().logLoss().orElse(Double.NaN));
    meters.gauge(JudgeMetric.ECE, () -> figures().ece().orElse(Double.NaN));
  }

  /** An event was judged, that much later than it was scored. */
  void judged(int label, int decision, long delayMs) {
    judged.apply(label).increment();
    decided.apply(decision).increment();
    if (label == decision) {
      hits.apply(label).increment();
    }
    delay.record(delayMs, TimeUnit.MILLISECONDS);
    recent.labelled(delayMs);
  }

  /** What else became of a score or a label. */
  void count(Fate fate) {
    Objects.requireNonNull(fates.get(fate)).increment();
  }

  /** A record of the topic of scores that is none, or a label of an unknown class. */
  void unreadable() {
    unreadable.increment();
  }

  /** Records that this process has yet to read of the partitions that it has. */
  void lag(long records) {
    lag = records;
  }

  /** Size on disk of all that the tasks hold. */
  void stateBytes(long bytes) {
    stateBytes = bytes;
  }

  /** What a task says now. */
  synchronized void told(int task, Told told) {
    tasks.put(task, told);
    together = null;
  }

  /** A task has gone: to another process, or because the topology ends. */
  synchronized void gone(int task) {
    Told last = tasks.remove(task);
    if (last != null) {
      closed.put(task, last);
    }
    together = null;
  }

  /** The topology runs: what went has gone to others. */
  synchronized void look() {
    closed.clear();
  }

  /** The topology has ended: what closed with it is what this process had. */
  synchronized void end() {
    tasks.putAll(closed);
    closed.clear();
    together = null;
  }

  /** The figures of all tasks that are here; not to be added to. */
  synchronized JudgedScores figures() {
    if (together == null) {
      JudgedScores sum = new JudgedScores(classes.size());
      tasks.values().forEach(told -> sum.add(told.figures()));
      together = sum;
    }
    return together;
  }

  /** How often a fate was since the job began, with the tasks that are here. */
  long of(Fate fate) {
    return sum(told -> told.fates().getOrDefault(fate, 0L));
  }

  /** Scores that wait with them. */
  long waiting() {
    return sum(Told::waiting);
  }

  private synchronized long sum(ToLongFunction<Told> value) {
    return tasks.values().stream().mapToLong(value).sum();
  }

  /** Name and value of what is known, for a page and a summary: nothing is 0 that is undefined. */
  Map<String, Double> known() {
    JudgedScores now = figures();
    Map<String, Double> known = new LinkedHashMap<>();
    put(known, "log_loss", now.logLoss());
    put(known, "ece", now.ece());
    put(known, "gmean", now.confusion().gmean());
    return known;
  }

  private static void put(Map<String, Double> known, String name, OptionalDouble value) {
    value.ifPresent(number -> known.put(name, number));
  }

  /** {class: recall} of the classes that labels came of. */
  Map<String, Double> recalls() {
    Confusion now = figures().confusion();
    return ByClass.of(classes, c -> boxed(now.recall(c)));
  }

  /** What a page tells besides: of the classes that labels came of, and of how late these are. */
  Map<String, Object> more() {
    Confusion now = figures().confusion();
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("labels", ByClass.of(classes, c -> now.rows()[c] > 0 ? now.rows()[c] : null));
    more.put("recall_interval", ByClass.of(classes, c -> pair(now.recallInterval(c))));
    more.put("precision", ByClass.of(classes, c -> boxed(now.precision(c))));
    if (lag >= 0) {
      more.put("lag", lag);
    }
    recent.medianMs().ifPresent(ms -> more.put("delay_seconds", ms / 1e3));
    return more;
  }

  private static @Nullable List<Double> pair(Optional<Interval> interval) {
    return interval.map(of -> List.of(of.low(), of.high())).orElse(null);
  }

  private static @Nullable Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
