package dev.counterweight.kafka;

import dev.counterweight.config.KafkaConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;

/**
 * A job's cluster as an admin client of its own sees it: its topics, the rights on them, and
 * whether they stay what they are. A question is answered, or fails in words, in about ten seconds.
 * Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Admin admin;
  private final AdminCalls calls;
  private final TopicSetup topics;

  public Cluster(KafkaClients clients, String clientId, KafkaConfig config) {
    this.admin = clients.admin(clientId);
    this.calls = new AdminCalls(admin, TIMEOUT, config);
    this.topics = new TopicSetup(calls);
  }

  public AdminCalls calls() {
    return calls;
  }

  public TopicSetup topics() {
    return topics;
  }

  /**
   * Requires rights by topic, as {@link TopicRights#require} does.
   *
   * @throws dev.counterweight.protocol.FailureException naming each right that is lacking
   */
  public void requireRights(Map<String, Set<AclOperation>> wanted) {
    new TopicRights(calls).require(wanted);
  }

  /**
   * The offset after the newest record of a topic's partition 0.
   *
   * @param level for whom: who reads what is committed alone is held back by open transactions
   * @throws NoAnswerException if there is no answer in time
   */
  public long end(String topic, IsolationLevel level) {
    TopicPartition partition = new TopicPartition(topic, 0);
    return Objects.requireNonNull(
        calls.offsets(List.of(partition), OffsetSpec.latest(), level).get(0));
  }

  /**
   * Watches that a topic stays this one, while this is open.
   *
   * @param identity the topic as it was when work on it began
   */
  public TopicGuard guard(String topic, TopicSetup.Identity identity) {
    return new TopicGuard(admin, topic, identity);
  }

  /** Ends without waiting for questions that nobody answers. */
  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
