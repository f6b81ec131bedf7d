package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Holds each batch record to those before it: offsets rise, all are of one events topic, and a
 * partition's span begins where its last one ended, so that no event is trained on twice and none
 * is missing. Only {@code events.lost=continue} lets events be missing. Not thread-safe.
 */
final class BatchSequence {
  private final JobConfig config;
  private final Progress progress;
  private @Nullable StreamIdentity source;
  private long next;
  private long marked;

  /**
   * @param progress what the records taken cover
   * @param resumed what training goes on from; null for a new job
   * @param next the offset to read on at
   */
  BatchSequence(
      JobConfig config, Progress progress, @Nullable CheckpointManifest resumed, long next) {
    this.config = config;
    this.progress = progress;
    this.source = resumed == null ? null : resumed.stream().source();
    this.next = next;
    this.marked =
        resumed == null || progress.end().isEmpty() ? -1 : resumed.position().batchOffset() - 1;
  }

  /**
   * Takes a record that has been read, whether it will be trained on or passed over.
   *
   * @return whether what it covers is of the events that the model is trained on
   * @throws InvariantException if it is not one that can come next
   */
  boolean take(long offset, MiniBatch.Origin origin) {
    if (offset < next) {
      throw new InvariantException("the offsets of batch records rise", next + " or more", offset);
    }
    next = offset + 1;
    boolean own = source == null || source.equals(origin.stream());
    if (own) {
      origin.spans().forEach(this::requireJoins);
      marked = origin.end().isEmpty() ? marked : offset;
    }
    return own;
  }

  /**
   * Demands that a record to be trained on is of the events topic that the model was trained on.
   *
   * @throws FailureException naming both
   */
  void requireSource(MiniBatch.Origin origin) {
    StreamIdentity of = origin.stream();
    if (source != null && !source.equals(of)) {
      throw new FailureException(
          ("job '%s' was trained on events topic id %s of cluster %s, but the next batch record is"
                  + " of topic id %s of cluster %s: finish the old topic with --stop-at-end, then"
                  + " start a new job")
              .formatted(
                  config.job(),
                  source.topicId(),
                  source.clusterId(),
                  of.topicId(),
                  of.clusterId()));
    }
    source = of;
  }

  /** Which events the model is trained on; null before the first record. */
  @Nullable StreamIdentity source() {
    return source;
  }

  /** The offset of the newest record that carried an end mark; -1 while there is none. */
  long marked() {
    return marked;
  }

  private void requireJoins(int partition, Span span) {
    long covered = progress.spans().getOrDefault(partition, span.from());
    boolean mayMiss = config.events().lost() == EventsConfig.Lost.CONTINUE;
    if (span.from() < covered || (span.from() > covered && !mayMiss)) {
      throw new InvariantException(
          "partition %d: a span begins where the last ended, or above with events.lost=continue"
              .formatted(partition),
          covered,
          span.from());
    }
  }
}
