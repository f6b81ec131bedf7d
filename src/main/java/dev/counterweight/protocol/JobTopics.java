package dev.counterweight.protocol;

import java.time.Duration;
import java.util.List;

/**
 * The names a job uses in Kafka. Every one starts with {@code <job>.}, dot included, so that an ACL
 * for one job's prefix never covers another's: a job's name has no dot.
 *
 * @param events what is counted and sampled: the user's topic, or {@link #labelled} of a job whose
 *     labels come on a topic of their own
 * @param batchesRetentionMs how long the batch log is kept where it is made
 * @param labelledRetentionMs how long the labelled events are kept where their topic is made; 0 if
 *     the job has none
 * @param scoresRetentionMs how long scores are kept where their topic is made
 */
public record JobTopics(
    String job,
    String events,
    long batchesRetentionMs,
    long labelledRetentionMs,
    long scoresRetentionMs) {
  private static final long WEEK_MS = Duration.ofDays(7).toMillis();

  /** Roles whose Kafka Streams may have internal topics. */
  private static final List<String> STREAMS = List.of("counter", "joiner", "scorer", "judge");

  /** Scores kept as long as by default. */
  public JobTopics(String job, String events, long batchesRetentionMs, long labelledRetentionMs) {
    this(job, events, batchesRetentionMs, labelledRetentionMs, WEEK_MS);
  }

  /** Of labelled events on the user's own topic, and batches kept as long as by default. */
  public JobTopics(String job, String events) {
    this(job, events, WEEK_MS, 0);
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

  /** The events with the labels that came later: what the joiner writes. */
  public String labelled() {
    return labelled(job);
  }

  /** {@link #labelled} of a job, by its name. */
  public static String labelled(String job) {
    return job + ".labelled";
  }

  /** What the scorer writes of each event: the model's answer. */
  public String scores() {
    return job + ".scores";
  }

  /** Whether the job has a joiner, which writes {@link #labelled}. */
  public boolean joins() {
    return labelledRetentionMs > 0;
  }

  /** Whether a role of the job, Kafka Streams included, writes the topic of that name. */
  public boolean owns(String topic) {
    return List.of(
                classWeights(),
                batches(),
                checkpoints(),
                metrics(),
                deadLetters(),
                labelled(),
                scores())
            .contains(topic)
        || STREAMS.stream().anyMatch(role -> topic.startsWith(groupOf(role) + "-"));
  }

  /** The group id, application id or transactional id of a role. */
  public String groupOf(String role) {
    return job + "." + role;
  }
}
