package dev.counterweight.protocol;

/**
 * Which topic this still is: a name stays when a topic is deleted and created again, whose offsets
 * then mean other events. Two are the same stream where both ids are equal.
 */
public record StreamIdentity(String clusterId, String topicId) {

  /** As told in messages. */
  @Override
  public String toString() {
    return "topic %s of cluster %s".formatted(topicId, clusterId);
  }
}
