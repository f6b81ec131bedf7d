package dev.counterweight.joiner;

import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;

/**
 * Asks again and again whether topics have more partitions than are known of, without ever waiting
 * for the cluster: labels in a partition that nobody reads must not be taken for none. Used by one
 * thread; does not own the client.
 */
final class GrowthProbe {
  private final Admin admin;
  private Map<String, Integer> known = Map.of();
  private @Nullable KafkaFuture<?> asked;
  private volatile @Nullable Map<String, TopicDescription> answer;

  GrowthProbe(Admin admin) {
    this.admin = admin;
  }

  /** {topic: partitions that are known of} from now on. */
  void about(Map<String, Integer> topics) {
    known = Map.copyOf(topics);
    answer = null;
  }

  /** Whether one has grown, as far as was answered; asks anew once that was. */
  boolean grown() {
    if (known.isEmpty()) {
      return false;
    }
    Map<String, TopicDescription> now = answer;
    if (asked == null || asked.isDone()) {
      asked =
          admin
              .describeTopics(known.keySet())
              .allTopicNames()
              .whenComplete((topics, error) -> answer = error == null ? topics : null);
    }
    return now != null
        && now.values().stream()
            .anyMatch(topic -> topic.partitions().size() > known.getOrDefault(topic.name(), 0));
  }
}
