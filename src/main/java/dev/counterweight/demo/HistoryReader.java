package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.demo.JobHistory.WeightsPoint;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.ByClass;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Reads, after the fact, how a job's class weights and metrics went, in bounded time and memory: of
 * a long history some records, over the whole of it, and the newest.
 */
public final class HistoryReader {
  /** Points of a series, the newest apart: more than a plot has room for. */
  static final int MAX_POINTS = 400;

  /** Offsets up to which every record is read; of more, records far apart. */
  private static final long READ_WHOLE = 5_000;

  /** Offsets before the end that are never passed over: the newest may be markers. */
  private static final long NEWEST = 100;

  private final KafkaClients clients;
  private final Duration retry;

  /**
   * A reader of one cluster.
   *
   * @param retry how long to wait for the next record before giving up
   */
  public HistoryReader(KafkaClients clients, Duration retry) {
    this.clients = clients;
    this.retry = retry;
  }

  /**
   * Reads a job's topics to their present ends, committed records only.
   *
   * @param originMs when the stream began, ms since 1970; with 0, the points tell absolute time
   * @throws FailureException if a record is not what it must be, or the cluster does not answer
   */
  public JobHistory read(JobTopics topics, long originMs) {
    return new JobHistory(
        topics.job(),
        series(topics.classWeights(), value -> weights(value, originMs), WeightsPoint::older),
        series(
            topics.metrics(),
            value -> MetricsPoint.of(TrainerReport.read(value), originMs),
            MetricsPoint::older));
  }

  /**
   * @param older what is kept of a point that is not the newest
   */
  private <T> List<T> series(String topic, Function<byte[], T> reader, UnaryOperator<T> older) {
    Thinned<T> points = new Thinned<>(MAX_POINTS);
    T newest = null;
    try (TopicTail<T> log =
        new TopicTail<>(
            clients.consumer("history", Map.of()),
            topic,
            found -> reader.apply(found.value()),
            retry)) {
      log.seekKept(0);
      long end = log.end();
      long length = end - log.position();
      long stride = length <= READ_WHOLE ? 1 : length / MAX_POINTS;
      for (Optional<T> found = log.nextBelow(end); found.isPresent(); found = log.nextBelow(end)) {
        newest = found.get();
        points.add(older.apply(newest));
        log.seek(Math.max(log.position(), Math.min(log.position() + stride - 1, end - NEWEST)));
      }
    }
    List<T> all = points.points();
    if (newest != null) {
      all.set(all.size() - 1, newest);
    }
    return all;
  }

  private static WeightsPoint weights(byte[] value, long originMs) {
    Snapshot snapshot = SnapshotJson.read(value);
    return new WeightsPoint(
        JobHistory.seconds(snapshot.asOfMs(), originMs),
        snapshot.counts().totalEvents(),
        ByClass.of(snapshot.classes(), c -> snapshot.weights()[c]),
        ByClass.of(snapshot.classes(), c -> snapshot.counts().events(c)));
  }
}
