package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.utils.SecurityUtils;

/**
 * Asks the cluster what its user may do with topics, so that a role names every right it lacks
 * before it starts to work, instead of the one it happens to meet first, later. Topics that are not
 * there yet, and clusters that do not tell, are passed over: the work itself shows then. Does not
 * own the admin client.
 */
public final class TopicRights {
  private final AdminCalls calls;

  public TopicRights(AdminCalls calls) {
    this.calls = calls;
  }

  /**
   * Requires rights by topic.
   *
   * @throws FailureException naming each right that is lacking and its topic
   * @throws NoAnswerException if the cluster does not answer
   */
  public void require(Map<String, Set<AclOperation>> wanted) {
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
}
