package dev.counterweight.kafka;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.utils.SecurityUtils;

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
   * Asks what this role's user may do with topics, so that it names every right it lacks before it
   * starts to work, instead of the one it happens to meet first, later. Topics that are not there
   * yet, and clusters that do not tell, are passed over: the work itself shows then.
   *
   * @param wanted by topic
   * @throws FailureException naming each right that is lacking and its topic
   * @throws NoAnswerException if the cluster does not answer
   */
  public void requireRights(Map<String, Set<AclOperation>> wanted) {
    List<String> lacking = new ArrayList<>();
    new TreeMap<>(wanted)
        .forEach(
            (topic, rights) -> {
              Set<AclOperation> missing = missing(topic, rights);
              if (!missing.isEmpty()) {
                lacking.add(named(missing) + " on topic '" + topic + "'");
              }
            });
    if (!lacking.isEmpty()) {
      throw new FailureException(
          "not authorized: this role's user lacks "
              + String.join("; ", lacking)
              + ": grant it (docs/security.md lists what each role needs)");
    }
  }

  private Set<AclOperation> missing(String topic, Set<AclOperation> wanted) {
    try {
      Set<AclOperation> allowed =
          calls
              .once(
                  "ask for rights on topic '" + topic + "'",
                  admin ->
                      Objects.requireNonNull(
                          admin
                              .describeTopics(
                                  List.of(topic),
                                  new DescribeTopicsOptions().includeAuthorizedOperations(true))
                              .topicNameValues()
                              .get(topic)))
              .authorizedOperations();
      return allowed == null
          ? Set.of()
          : wanted.stream().filter(o -> !allowed.contains(o)).collect(Collectors.toSet());
    } catch (NoAnswerException e) {
      throw e;
    } catch (FailureException e) {
      // Any other error is met again, and told, by the call that needs the topic.
      return e.getCause() instanceof TopicAuthorizationException ? wanted : Set.of();
    }
  }

  /** As Kafka's own tools spell them: DESCRIBE_CONFIGS is DescribeConfigs. */
  private static String named(Set<AclOperation> operations) {
    return operations.stream()
        .map(SecurityUtils::operationName)
        .sorted()
        .collect(Collectors.joining(", "));
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
