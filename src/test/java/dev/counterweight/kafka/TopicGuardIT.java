package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.StreamIdentity;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.ForwardingAdmin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TopicGuardIT {
  private final String topic = SharedBroker.uniqueName("absent");
  private final AtomicReference<KafkaFuture<TopicDescription>> answer = new AtomicReference<>();
  private final Admin admin = watched();
  private final AtomicLong nowNs = new AtomicLong();
  private final TopicGuard guard =
      new TopicGuard(
          admin,
          topic,
          new TopicSetup.Identity(new StreamIdentity("cluster", "id"), 1),
          nowNs::get);

  @AfterEach
  void close() {
    admin.close();
  }

  @Test
  void whoIsHeldUpBetweenTwoAnswersDoesNotTakeTheTopicForDeleted() {
    unknownAfter(Duration.ofSeconds(3));
    unknownAfter(Duration.ofMinutes(5));
  }

  @Test
  void aTopicThatStaysUnknownForHalfAMinuteWasDeleted() {
    for (int answers = 0; answers < 4; answers++) {
      unknownAfter(Duration.ofSeconds(8));
    }
    assertThatThrownBy(() -> unknownAfter(Duration.ofSeconds(8)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("topic '" + topic + "' (id id) was deleted");
  }

  /** The guard asks after so long, and takes the answer. */
  private void unknownAfter(Duration pause) {
    nowNs.addAndGet(pause.toNanos());
    answer.set(null);
    guard.look();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              KafkaFuture<TopicDescription> asked = answer.get();
              return asked != null && asked.isDone();
            });
    guard.look();
  }

  /** A client whose newest answer is at hand. */
  private Admin watched() {
    return new ForwardingAdmin(Map.of("bootstrap.servers", SharedBroker.bootstrapServers())) {
      @Override
      public DescribeTopicsResult describeTopics(
          TopicCollection topics, DescribeTopicsOptions options) {
        DescribeTopicsResult result = super.describeTopics(topics, options);
        answer.set(result.topicNameValues().get(topic));
        return result;
      }
    };
  }
}
