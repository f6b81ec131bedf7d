package dev.counterweight.live;

import dev.counterweight.kafka.OpenTransactions.Held;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job at one moment, as its topics tell it. Immutable.
 *
 * @param timeMs when the topics were last looked at and the cluster answered; 0 before that
 * @param trouble why they could not be looked at since; null if they could
 * @param held what producers' open transactions hold back of the events topic
 * @param unseen {topic: why it is not seen}
 * @param recentRows rows of each class in the batches of the last minutes of training
 * @param moments the points of the lines, oldest first
 * @param marks what happened meanwhile, oldest first
 */
record JobView(
    long timeMs,
    @Nullable String trouble,
    Latest news,
    Lags places,
    Held held,
    TopicScan.Letters deadLetters,
    Map<String, TopicScan.Unseen> unseen,
    Map<String, Long> recentRows,
    List<Point> moments,
    List<Marks.Mark> marks) {

  static final JobView NOTHING_YET =
      new JobView(
          0,
          null,
          Latest.NONE,
          Lags.UNKNOWN,
          Held.NOTHING,
          TopicScan.Letters.NONE,
          Map.of(),
          Map.of(),
          List.of(),
          List.of());

  /** The same, with a reason why nothing newer is known: where anybody stands is not, either. */
  JobView withTrouble(String why, List<Point> now) {
    return new JobView(
        timeMs,
        why,
        news,
        Lags.UNKNOWN,
        Held.NOTHING,
        deadLetters,
        unseen,
        recentRows,
        List.copyOf(now),
        marks);
  }

  /** Loss of the newest steps told of; NaN if none was. */
  double loss() {
    for (int i = moments.size() - 1; i >= 0; i--) {
      if (Double.isFinite(moments.get(i).loss())) {
        return moments.get(i).loss();
      }
    }
    return Double.NaN;
  }

  /** The newest point of the lines, or null. */
  @Nullable Point now() {
    return moments.isEmpty() ? null : moments.get(moments.size() - 1);
  }
}
