package dev.counterweight.live;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.weights.ClassWeights;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job at one moment, as its topics tell it. Immutable.
 *
 * @param timeMs when the topics were last looked at and the cluster answered; 0 before that
 * @param trouble why they could not be looked at since; null if they could
 * @param weights the newest snapshot, or null
 * @param report the newest of the trainer, or null
 * @param checkpoint the newest announced, or null
 * @param counter how far the counter has come; null if not known
 * @param sampled sum of the offsets that the sampler has committed; null if not known
 * @param sampler how far the sampler has come; null if not known
 * @param trainer how far the trainer has come; null if not known
 * @param recentRows rows of each class in the batches of the last minutes of training
 * @param moments the points of the lines, oldest first
 */
record JobView(
    long timeMs,
    @Nullable String trouble,
    @Nullable Seen<ClassWeights> weights,
    @Nullable Seen<TrainerReport> report,
    @Nullable Seen<Announcement> checkpoint,
    @Nullable Seen<String> deadLetter,
    Sighting.Letters deadLetters,
    Map<String, Sighting.Unseen> unseen,
    @Nullable Place counter,
    @Nullable Seen<Double> sampled,
    @Nullable Place sampler,
    @Nullable Place trainer,
    Map<String, Double> recentRows,
    List<Moment> moments) {

  static final JobView NOTHING_YET =
      new JobView(
          0,
          null,
          null,
          null,
          null,
          null,
          Sighting.Letters.NONE,
          Map.of(),
          null,
          null,
          null,
          null,
          Map.of(),
          List.of());

  /**
   * Something read from a topic.
   *
   * @param writtenMs the record's time
   * @param seenMs when it was found here
   */
  record Seen<T>(T value, long offset, long writtenMs, long seenMs) {}

  /** The same, with a reason why nothing newer is known. */
  JobView withTrouble(String why) {
    return new JobView(
        timeMs,
        why,
        weights,
        report,
        checkpoint,
        deadLetter,
        deadLetters,
        unseen,
        counter,
        sampled,
        sampler,
        trainer,
        recentRows,
        moments);
  }

  /** The newest point of the lines, or null. */
  @Nullable Moment now() {
    return moments.isEmpty() ? null : moments.get(moments.size() - 1);
  }
}
