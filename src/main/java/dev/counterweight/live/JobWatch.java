package dev.counterweight.live;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobTopics;
import dev.counterweight.live.JobView.Seen;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.ClassWeightsJson;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts together what the looks at a job's topics say, with ten minutes of history. For one thread.
 */
final class JobWatch {
  private static final Logger LOG = LoggerFactory.getLogger(JobWatch.class);

  /** Points of a line: ten minutes of one a second. */
  static final int MOMENTS = 600;

  private final JobTopics topics;
  private final Clock clock;
  private final Deque<Moment> moments = new ArrayDeque<>();
  private final Map<String, Seen<?>> read = new HashMap<>();
  private final Behind behind = new Behind();
  private final Rate arriving = new Rate();
  private final Rate training = new Rate();
  private final Rate steps = new Rate();
  private final RecentRows rows = new RecentRows();
  private @Nullable Seen<Double> sampled;
  private long sequence;

  JobWatch(JobTopics topics, Clock clock) {
    this.topics = topics;
    this.clock = clock;
  }

  /** What is known after a look. */
  JobView after(Sighting sighting) {
    long now = clock.millis();
    Seen<ClassWeights> weights =
        read(sighting, topics.classWeights(), now, found -> ClassWeightsJson.read(found.value()));
    Seen<TrainerReport> report =
        read(sighting, topics.metrics(), now, found -> TrainerReport.read(found.value()));
    Seen<Announcement> checkpoint =
        read(sighting, topics.checkpoints(), now, found -> Announcement.parse(found.value()));
    Seen<String> letter = read(sighting, topics.deadLetters(), now, JobWatch::reason);
    if (report != null) {
      training.add(report.value().timeMs(), report.value().events(), now);
      steps.add(report.value().timeMs(), report.value().step(), now);
      rows.add(report.writtenMs(), report.value().drawn());
    }
    Place counter = null;
    Place sampler = null;
    Place trainer = null;
    if (!sighting.ends().isEmpty()) {
      double end = sum(sighting.ends(), sighting.ends(), Map.of());
      behind.ends(now, end);
      arriving.add(now, end, now);
      counter = weights == null ? null : place(sighting, weights.value().covered(), weights, now);
      sampled = sampled(sighting, now);
      sampler =
          sampled == null
              ? null
              : new Place(behind.events(sampled.value()), behind.seconds(sampled.value(), now));
      trainer = report == null ? null : trainer(sighting, weights, report, now);
    }
    moments.addLast(moment(now, weights, report, trainer));
    if (moments.size() > MOMENTS) {
      moments.removeFirst();
    }
    return new JobView(
        now,
        null,
        weights,
        report,
        checkpoint,
        letter,
        sighting.deadLetters(),
        sighting.unseen(),
        counter,
        sampled,
        sampler,
        trainer,
        rows.rows(),
        List.copyOf(moments));
  }

  private Moment moment(
      long now,
      @Nullable Seen<ClassWeights> weights,
      @Nullable Seen<TrainerReport> report,
      @Nullable Place trainer) {
    Double seconds = trainer == null ? null : trainer.seconds();
    return new Moment(
        sequence++,
        now,
        arriving.perSecond(now),
        training.perSecond(now),
        steps.perSecond(now),
        report == null ? Double.NaN : report.value().loss(),
        report == null ? Double.NaN : report.value().window().getOrDefault("gmean", Double.NaN),
        seconds == null ? Double.NaN : seconds,
        weights == null || report == null
            ? new float[0]
            : recalls(weights.value().classes(), report.value().recall()));
  }

  private static float[] recalls(List<String> classes, Map<String, Double> byName) {
    float[] recalls = new float[classes.size()];
    for (int c = 0; c < recalls.length; c++) {
      recalls[c] = byName.getOrDefault(classes.get(c), Double.NaN).floatValue();
    }
    return recalls;
  }

  /** What the sampler has committed; as new as its last change. */
  private @Nullable Seen<Double> sampled(Sighting sighting, long now) {
    if (sighting.sampled().isEmpty()) {
      return null;
    }
    double sum = sum(sighting.ends(), sighting.sampled(), sighting.starts());
    Seen<Double> before = sampled;
    return before != null && before.value() == sum ? before : new Seen<>(sum, 0, now, now);
  }

  private @Nullable Place trainer(
      Sighting sighting,
      @Nullable Seen<ClassWeights> weights,
      Seen<TrainerReport> report,
      long now) {
    Map<Integer, Long> covered = report.value().covered();
    if (covered == null) {
      return null;
    }
    Map<Integer, Long> all = new HashMap<>(weights == null ? Map.of() : weights.value().from());
    all.putAll(covered);
    return place(sighting, all, report, now);
  }

  /** Judged by when the news was written, as long as it is fresh: then it is not late, only old. */
  private Place place(Sighting sighting, Map<Integer, Long> covered, Seen<?> news, long now) {
    double position = sum(sighting.ends(), covered, sighting.starts());
    boolean fresh = now - news.seenMs() < 3000;
    long atMs =
        fresh ? Math.min(news.seenMs(), Math.max(news.writtenMs(), news.seenMs() - 1500)) : now;
    return new Place(behind.events(position), behind.seconds(position, atMs));
  }

  /** Sum over the topic's partitions of offsets; where there is none, of where they start. */
  private static double sum(
      SortedMap<Integer, Long> partitions, Map<Integer, Long> offsets, Map<Integer, Long> starts) {
    double sum = 0;
    for (int partition : partitions.keySet()) {
      long start = starts.getOrDefault(partition, 0L);
      sum += Math.max(start, offsets.getOrDefault(partition, start));
    }
    return sum;
  }

  /** The newest record of a topic as {@code reader} understands it; parsed once. */
  @SuppressWarnings("unchecked") // A topic is always read with the same reader.
  private <T> @Nullable Seen<T> read(
      Sighting sighting,
      String topic,
      long now,
      Function<ConsumerRecord<byte[], byte[]>, T> reader) {
    ConsumerRecord<byte[], byte[]> found = sighting.newest().get(topic);
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
    Header reason = letter.headers().lastHeader("cw.reason");
    return reason == null || reason.value() == null
        ? "unknown"
        : new String(reason.value(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
