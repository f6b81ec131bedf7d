package dev.counterweight.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * Asks the cluster what its user may do with topics, so that a role names every right it lacks
 * before it starts to work, instead of the one it happens to meet first, later. Topics that are not
 * there yet, and clusters that do not tell, are passed over: the work itself shows then. Does not
 * own the admin client.
 */
public final class TopicRights {
  private final Admin admin;
  private final Duration timeout;

  public TopicRights(Admin admin, Duration timeout) {
    this.admin = admin;
    this.timeout = timeout;
  }

  /**
   * Requires rights by topic.
   *
   * @throws FailureException naming each right that is lacking and its topic
   */
  public void require(Map<String, Set<AclOperation>> wanted) {
    Map<String, KafkaFuture<TopicDescription>> asked =
        admin
            .describeTopics(
                wanted.keySet(), new DescribeTopicsOptions().includeAuthorizedOperations(true))
            .topicNameValues();
    List<String> lacking = new ArrayList<>();
    wanted.keySet().stream()
        .sorted()
        .forEach(
            topic -> {
              Set<AclOperation> missing = missing(asked.get(topic), wanted.get(topic));
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

  private Set<AclOperation> missing(
      @org.jspecify.annotations.Nullable KafkaFuture<TopicDescription> asked,
      @org.jspecify.annotations.Nullable Set<AclOperation> wanted) {
    if (asked == null || wanted == null) {
      return Set.of();
    }
    try {
      Set<AclOperation> allowed =
          asked.get(timeout.toMillis(), TimeUnit.MILLISECONDS).authorizedOperations();
      return allowed == null
          ? Set.of()
          : wanted.stream().filter(o -> !allowed.contains(o)).collect(Collectors.toSet());
    } catch (ExecutionException e) {
      // Any other error is met again, and told, by the call that needs the topic.
      return e.getCause() instanceof TopicAuthorizationException ? wanted : Set.of();
    } catch (TimeoutException e) {
      return Set.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailureException("interrupted while asking for rights", e);
    }
  }

  private static String named(Set<AclOperation> operations) {
    return operations.stream().map(TopicRights::named).sorted().collect(Collectors.joining(", "));
  }

  /** As Kafka's own tools spell it: DESCRIBE_CONFIGS is DescribeConfigs. */
  private static String named(AclOperation operation) {
    StringBuilder name = new StringBuilder();
    for (String word : operation.name().split("_")) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
    }
    return name.toString();
  }
}
