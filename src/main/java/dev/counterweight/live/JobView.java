package dev.counterweight.live;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job at one moment, as its topics tell it. Immutable.
 *
 * @param timeMs when the topics were last looked at and the cluster answered; 0 before that
 * @param trouble why they could not be looked at since; null if they could
 * @param unseen {topic: why it is not seen}
 * @param recentRows rows of each class in the batches of the last minutes of training
 * @param moments the points of the lines, oldest first
 */
record JobView(
    long timeMs,
    @Nullable String trouble,
    News news,
    Places places,
    Sighting.Letters deadLetters,
    Map<String, Sighting.Unseen> unseen,
    Map<String, Double> recentRows,
    List<Moment> moments) {

  static final JobView NOTHING_YET =
      new JobView(
          0, null, News.NONE, Places.UNKNOWN, Sighting.Letters.NONE, Map.of(), Map.of(), List.of());

  /** The same, with a reason why nothing newer is known. */
  JobView withTrouble(String why) {
    return new JobView(timeMs, why, news, places, deadLetters, unseen, recentRows, moments);
  }

  /** The newest point of the lines, or null. */
  @Nullable Moment now() {
    return moments.isEmpty() ? null : moments.get(moments.size() - 1);
  }
}
