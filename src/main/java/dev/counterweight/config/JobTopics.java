package dev.counterweight.config;

/**
 * The names a job uses in Kafka. Every one starts with {@code <job>.}, dot included, so that an ACL
 * for one job's prefix never covers another's.
 */
public record JobTopics(String job, String events) {

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

  /** The group id, application id or transactional id of a role. */
  public String groupOf(String role) {
    return job + "." + role;
  }
}
