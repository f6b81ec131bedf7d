package dev.counterweight.live;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.kafka.OpenTransactions.Held;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job at one moment, as its topics tell it. Immutable.
 *
 * @param timeMs when the topics were last looked at and the cluster answered; 0 before that
 * @param trouble why they could not be looked at since; null if they could
 * @param held what producers' open transactions hold back of the events topic
 * @param labels how long after their events labels came
 * @param unseen {topic: why it is not seen}
 * @param recentRows rows of each class in the batches of the last minutes of training
 * @param points the points of the lines, oldest first
 * @param marks what happened meanwhile, oldest first
 * @param scoring events scored a second by this process; NaN if it scores none, or that is not
 *     known
 * @param alerts what should be looked at, the worst first
 */
record JobView(
    long timeMs,
    @Nullable String trouble,
    Latest latest,
    Lags lags,
    Held held,
    TopicScan.Letters deadLetters,
    LabelTimes.Delays labels,
    Map<String, TopicScan.Unseen> unseen,
    Map<String, Long> recentRows,
    List<Point> points,
    List<Marks.Mark> marks,
    double scoring,
    List<Alerts.Alert> alerts) {

  static final JobView NOTHING_YET =
      new JobView(
          0,
          null,
          Latest.NONE,
          Lags.UNKNOWN,
          Held.NOTHING,
          TopicScan.Letters.NONE,
          LabelTimes.Delays.UNKNOWN,
          Map.of(),
          Map.of(),
          List.of(),
          List.of(),
          Double.NaN,
          List.of());

  /** The same, with a reason why nothing newer is known: where anybody stands is not, either. */
  JobView withTrouble(String why, List<Point> now, List<Alerts.Alert> told) {
    return new JobView(
        timeMs,
        why,
        latest,
        Lags.UNKNOWN,
        Held.NOTHING,
        deadLetters,
        labels,
        unseen,
        recentRows,
        List.copyOf(now),
        marks,
        Double.NaN,
        told);
  }

  /** The same, with what should be looked at. */
  JobView withAlerts(List<Alerts.Alert> told) {
    return new JobView(
        timeMs,
        trouble,
        latest,
        lags,
        held,
        deadLetters,
        labels,
        unseen,
        recentRows,
        points,
        marks,
        scoring,
        told);
  }

  /** The newest snapshot of the class weights, or null. */
  @Nullable Snapshot weights() {
    return latest.weights() == null ? null : latest.weights().value();
  }

  /** The trainer's newest report, or null. */
  @Nullable TrainerReport report() {
    return latest.report() == null ? null : latest.report().value();
  }

  /** Loss of the newest steps told of; NaN if none was. */
  double loss() {
    for (int i = points.size() - 1; i >= 0; i--) {
      if (Double.isFinite(points.get(i).loss())) {
        return points.get(i).loss();
      }
    }
    return Double.NaN;
  }

  /** The newest point of the lines, or null. */
  @Nullable Point now() {
    return points.isEmpty() ? null : points.get(points.size() - 1);
  }

  /**
   * The newest that each of a job's topics has; null where there is nothing yet.
   *
   * @param weights the counter's snapshot
   * @param report the trainer's
   * @param checkpoint announced
   * @param deadLetter the reason why an event was refused, in words
   * @param labelled the size of an event that got its label
   * @param score what an event was answered, of the first partition
   */
  record Latest(
      @Nullable Seen<Snapshot> weights,
      @Nullable Seen<TrainerReport> report,
      @Nullable Seen<Announcement> checkpoint,
      @Nullable Seen<String> deadLetter,
      @Nullable Seen<Long> labelled,
      @Nullable Seen<ServedScore> score) {
    static final Latest NONE = new Latest(null, null, null, null, null, null);

    /**
     * Something read from a topic.
     *
     * @param writtenMs the record's time
     * @param seenMs when it was found here
     */
    record Seen<T>(T value, long offset, long writtenMs, long seenMs) {}
  }

  /**
   * How far the roles have come in the events topic; null where it is not known.
   *
   * @param sampled sum of the offsets that the sampler has committed, and since when it stands
   *     there
   */
  record Lags(
      @Nullable Place counter,
      Latest.@Nullable Seen<Double> sampled,
      @Nullable Place sampler,
      @Nullable Place trainer) {
    static final Lags UNKNOWN = new Lags(null, null, null, null);

    /**
     * How far one of them has come.
     *
     * @param events it is behind the topic's end
     * @param seconds the same in time; null if more than this process has seen
     */
    record Place(long events, @Nullable Double seconds) {}
  }

  /**
   * A point of the page's lines. What was not known is NaN.
   *
   * @param sequence counts the points of a job since this process began to watch it, from 0
   * @param arriving events a second that came to the events topic
   * @param training events a second that were trained on
   * @param steps optimiser updates a second
   * @param loss of the newest steps
   * @param gmean of the newest rows
   * @param behindSeconds the trainer's distance from the end of the events topic
   * @param recalls recall of each class lately, in class order; empty if none is known
   * @param features what the newest report says of features
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Point(
      long sequence,
      long timeMs,
      double arriving,
      double training,
      double steps,
      double loss,
      double gmean,
      double behindSeconds,
      float[] recalls,
      Map<String, TrainerReport.FeatureShare> features) {

    /** A share of a feature; NaN if it is not known. */
    double share(String feature, Function<TrainerReport.FeatureShare, @Nullable Double> of) {
      TrainerReport.FeatureShare found = features.get(feature);
      Double share = found == null ? null : of.apply(found);
      return share == null ? Double.NaN : share;
    }

    /** Recall of a class, by its index. */
    double recall(int c) {
      return c < recalls.length ? recalls[c] : Double.NaN;
    }
  }
}
