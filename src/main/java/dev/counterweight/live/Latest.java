package dev.counterweight.live;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The newest that each of a job's topics has; null where there is nothing yet.
 *
 * @param weights the counter's snapshot
 * @param report the trainer's
 * @param checkpoint announced
 * @param deadLetter the reason why an event was refused
 */
record Latest(
    @Nullable Seen<Snapshot> weights,
    @Nullable Seen<TrainerReport> report,
    @Nullable Seen<Announcement> checkpoint,
    @Nullable Seen<String> deadLetter) {
  static final Latest NONE = new Latest(null, null, null, null);

  /**
   * Something read from a topic.
   *
   * @param writtenMs the record's time
   * @param seenMs when it was found here
   */
  record Seen<T>(T value, long offset, long writtenMs, long seenMs) {}
}
