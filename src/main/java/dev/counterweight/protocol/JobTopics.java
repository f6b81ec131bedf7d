package dev.counterweight.protocol;

import java.time.Duration;
import java.util.List;

/**
 * The names a job uses in Kafka. Every one starts with {@code <job>.}, dot included, so that an ACL
 * for one job's prefix never covers another's: a job's name has no dot.
 *
 * @param batchesRetentionMs how long the batch log is kept where it is made
 */
public record JobTopics(String job, String events, long batchesRetentionMs) {
  private static final long WEEK_MS = Duration.ofDays(7).toMillis();

  /** Batches kept as long as by default. */
  public JobTopics(String job, String events) {
    this(job, events, WEEK_MS);
  }

  public String classWeights() {
    return job + ".class-weights";
  }

  public String batches() {
    return job + ".batches";
  }

  public String checkpoints() {
    return job + ".checkpoints";
  }

  public String metrics() {
    return job + ".metrics";
  }

  public String deadLetters() {
    return job + ".dead-letters";
  }

  /** Whether a role of the job, Kafka Streams included, writes the topic of that name. */
  public boolean owns(String topic) {
    return List.of(classWeights(), batches(), checkpoints(), metrics(), deadLetters())
            .contains(topic)
        || topic.startsWith(groupOf("counter") + "-");
  }

  /** The group id, application id or transactional id of a role. */
  public String groupOf(String role) {
    return job + "." + role;
  }
}
