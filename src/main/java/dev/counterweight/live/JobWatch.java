package dev.counterweight.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.letters.DeadLetter;
import dev.counterweight.live.JobView.Lags;
import dev.counterweight.live.JobView.Lags.Place;
import dev.counterweight.live.JobView.Latest;
import dev.counterweight.live.JobView.Latest.Seen;
import dev.counterweight.live.JobView.Point;
import dev.counterweight.live.TopicScan.Letters;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts together what the looks at a job's topics say, with ten minutes of history. Not thread-safe.
 */
final class JobWatch {
  private static final Logger LOG = LoggerFactory.getLogger(JobWatch.class);

  /** Points of a line: ten minutes of one a second. */
  static final int MAX_POINTS = 600;

  /** News so fresh was true when it was written; older news is a standstill, true now. */
  private static final long FRESH_MS = 3_000;

  /** The time from writing to looking; more is a clock that differs. */
  private static final long LATE_MS = 1_500;

  private final JobTopics topics;
  private final Clock clock;
  private final Deque<Point> points = new ArrayDeque<>();
  private final Map<String, Seen<?>> read = new HashMap<>();
  private final Behind behind = new Behind();
  private final Rate arriving = new Rate();
  private final Rate training = new Rate();
  private final Rate steps = new Rate();
  private final Rate sampling = new Rate();
  private final Rate refusing = new Rate();
  private final Rate scoring = new Rate();
  private final Alerts alerts;
  private final RecentRows rows = new RecentRows();
  private final Marks marks = new Marks();
  private final LabelTimes labelled;
  private @Nullable Seen<Double> sampled;
  private long sequence;

  /** Of the newest steps: a report after a record that filled no batch tells of none. */
  private double loss = Double.NaN;

  /**
   * @param neverMs what an event has waited that got no label, -1 where none is written
   */
  JobWatch(JobTopics topics, long neverMs, Clock clock) {
    this.topics = topics;
    this.clock = clock;
    this.labelled = new LabelTimes(neverMs);
    this.alerts = new Alerts(topics);
  }

  /**
   * What is known after a look.
   *
   * @param here the roles of this process
   */
  JobView after(TopicScan scan, List<RoleView> here) {
    long now = clock.millis();
    Latest latest =
        new Latest(
            read(scan, topics.classWeights(), now, r -> SnapshotJson.read(r.value())),
            read(scan, topics.metrics(), now, r -> TrainerReport.read(r.value())),
            read(scan, topics.checkpoints(), now, r -> Announcement.parse(r.value())),
            read(scan, topics.deadLetters(), now, JobWatch::reason),
            read(scan, topics.labelled(), now, r -> (long) r.value().length),
            read(scan, topics.scores(), now, r -> ServedScore.parse(r.value())));
    if (latest.report() != null) {
      TrainerReport report = latest.report().value();
      training.add(report.timeMs(), report.position().events(), now);
      steps.add(report.timeMs(), report.position().step(), now);
      rows.add(latest.report().writtenMs(), report.draws().drawn());
    }
    scan.reports().forEach(this::mark);
    scan.labelled().forEach(labelled::take);
    Lags lags = scan.ends().isEmpty() ? Lags.UNKNOWN : lags(scan, latest, now);
    add(point(now, latest, lags.trainer()));
    JsonNode scorer = RolePages.of(here, "scorer");
    if (scorer.has("scored")) {
      scoring.add(now, scorer.path("scored").asDouble(), now);
    }
    JobView view =
        new JobView(
            now,
            null,
            latest,
            lags,
            scan.held(),
            letters(scan.deadLetters(), now),
            labelled.delays(),
            scan.unseen(),
            rows.rows(),
            List.copyOf(points),
            marks.all(),
            scoring.perSecond(now),
            List.of());
    return view.withAlerts(alerts.after(view, here, now));
  }

  private void mark(ConsumerRecord<byte[], byte[]> found) {
    try {
      marks.take(TrainerReport.read(found.value()));
    } catch (IllegalArgumentException e) {
      LOG.debug("no report at offset {}: {}", found.offset(), e.toString());
    }
  }

  /**
   * What is known when a look failed: what was, but nothing of now.
   *
   * @param here the roles of this process
   */
  JobView without(JobView before, String why, List<RoleView> here) {
    double unknown = Double.NaN;
    add(
        new Point(
            sequence++,
            clock.millis(),
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            new float[0],
            Map.of()));
    return before.withTrouble(why, List.copyOf(points), alerts.away(here, clock.millis()));
  }

  private void add(Point point) {
    points.addLast(point);
    if (points.size() > MAX_POINTS) {
      points.removeFirst();
    }
  }

  private Lags lags(TopicScan scan, Latest latest, long now) {
    double end = position(scan, scan.ends());
    behind.ends(now, end);
    arriving.add(now, end, now);
    sampled = sampled(scan, now);
    Seen<Snapshot> weights = latest.weights();
    return new Lags(
        weights == null ? null : place(scan, weights.value().offsets().covered(), weights, now),
        sampled,
        sampled == null ? null : place(sampled.value(), now),
        latest.report() == null ? null : trainer(scan, weights, latest.report(), now));
  }

  /** With how fast they come; of the events used, or of those that come where that is not known. */
  private Letters letters(Letters found, long now) {
    refusing.add(now, found.count(), now);
    if (sampled != null) {
      sampling.add(now, sampled.value(), now);
    }
    double used = sampled == null ? arriving.perSecond(now) : sampling.perSecond(now);
    double refused = refusing.perSecond(now);
    return new Letters(
        found.count(), found.estimated(), refused, refused / Math.max(used, 1e-9), found.reasons());
  }

  private Point point(long now, Latest latest, @Nullable Place trainer) {
    Double seconds = trainer == null ? null : trainer.seconds();
    TrainerReport report = latest.report() == null ? null : latest.report().value();
    if (report != null && report.steps().loss() != null) {
      loss = report.steps().loss();
    }
    Double gmean = report == null ? null : report.window().decisions().gmean();
    return new Point(
        sequence++,
        now,
        arriving.perSecond(now),
        training.perSecond(now),
        steps.perSecond(now),
        loss,
        gmean == null ? Double.NaN : gmean,
        seconds == null ? Double.NaN : seconds,
        latest.weights() == null || report == null
            ? new float[0]
            : recalls(latest.weights().value().classes(), report.window().decisions().recall()),
        report == null ? Map.of() : report.features());
  }

  private static float[] recalls(List<String> classes, Map<String, Double> byName) {
    float[] recalls = new float[classes.size()];
    for (int c = 0; c < recalls.length; c++) {
      recalls[c] = byName.getOrDefault(classes.get(c), Double.NaN).floatValue();
    }
    return recalls;
  }

  /** What the sampler has committed; as new as its last change. */
  private @Nullable Seen<Double> sampled(TopicScan scan, long now) {
    if (scan.sampled().isEmpty()) {
      return null;
    }
    double sum = position(scan, scan.sampled());
    Seen<Double> before = sampled;
    return before != null && before.value() == sum ? before : new Seen<>(sum, 0, now, now);
  }

  private @Nullable Place trainer(
      TopicScan scan, @Nullable Seen<Snapshot> weights, Seen<TrainerReport> report, long now) {
    Map<Integer, Long> covered = report.value().draws().covered();
    if (covered == null) {
      return null;
    }
    Map<Integer, Long> all =
        new HashMap<>(weights == null ? Map.of() : weights.value().offsets().from());
    all.putAll(covered);
    return place(scan, all, report, now);
  }

  /** Judged by when the news was written, as long as it is fresh: then it is not late, only old. */
  private Place place(TopicScan scan, Map<Integer, Long> covered, Seen<?> news, long now) {
    double position = position(scan, covered);
    boolean fresh = now - news.seenMs() < FRESH_MS;
    long writtenMs = Math.max(news.writtenMs(), news.seenMs() - LATE_MS);
    return place(position, fresh ? Math.min(news.seenMs(), writtenMs) : now);
  }

  private Place place(double position, long atMs) {
    return new Place(behind.events(position), behind.seconds(position, atMs));
  }

  /**
   * Sum over partitions of offsets, to their ends at most; where there is none, of the starts. The
   * joiner writes events in transactions: behind the last one of a partition stands the mark of its
   * commit, which nobody reads.
   */
  private double position(TopicScan scan, Map<Integer, Long> offsets) {
    double sum = 0;
    for (Map.Entry<Integer, Long> entry : scan.ends().entrySet()) {
      long start = scan.starts().getOrDefault(entry.getKey(), 0L);
      long end = topics.joins() ? Math.max(start, entry.getValue() - 1) : entry.getValue();
      sum += Math.min(end, Math.max(start, offsets.getOrDefault(entry.getKey(), start)));
    }
    return sum;
  }

  /** The newest record of a topic as {@code reader} understands it; parsed once. */
  @SuppressWarnings("unchecked") // A topic is always read with the same reader.
  private <T> @Nullable Seen<T> read(
      TopicScan scan, String topic, long now, Function<ConsumerRecord<byte[], byte[]>, T> reader) {
    ConsumerRecord<byte[], byte[]> found = scan.newest().get(topic);
    Seen<?> before = read.get(topic);
    if (found == null || (before != null && before.offset() == found.offset())) {
      return (Seen<T>) before;
    }
    try {
      Seen<T> seen = new Seen<>(reader.apply(found), found.offset(), found.timestamp(), now);
      read.put(topic, seen);
      return seen;
    } catch (IllegalArgumentException | FailureException e) {
      LOG.debug("topic '{}', offset {}: {}", topic, found.offset(), e.getMessage());
      return (Seen<T>) before;
    }
  }

  private static String reason(ConsumerRecord<byte[], byte[]> letter) {
    return LetterReasons.words(DeadLetter.of(letter));
  }
}
