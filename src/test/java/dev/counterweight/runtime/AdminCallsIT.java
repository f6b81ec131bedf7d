package dev.counterweight.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.JobTopics;
import dev.counterweight.demo.SharedBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminCallsIT {
  private final Admin admin = SharedBroker.admin();
  private final String topic = SharedBroker.uniqueName("later");

  @AfterEach
  void close() {
    admin.close();
  }

  @Test
  void aTopicThatIsNotKnownYetIsAskedAboutUntilItIs() throws Exception {
    AdminCalls calls = calls(Duration.ofSeconds(20));
    CountDownLatch asked = new CountDownLatch(3);
    CompletableFuture<TopicDescription> described =
        CompletableFuture.supplyAsync(
            () ->
                calls.ask(
                    "describe topic '" + topic + "'",
                    client -> {
                      asked.countDown();
                      return client.describeTopics(List.of(topic)).topicNameValues().get(topic);
                    }));
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    SharedBroker.createTopic(topic, 2);

    assertThat(described.get().partitions()).hasSize(2);
  }

  @Test
  void settingsOfATopicThatIsNotKnownYetAreWaitedForToo() {
    TopicSetup setup = new TopicSetup(calls(Duration.ofSeconds(20)));
    CompletableFuture<Integer> read =
        CompletableFuture.supplyAsync(() -> setup.maxMessageBytes(topic));
    assertThat(setup.find(topic)).isEmpty();
    setup.create(topic, 1, Map.of("max.message.bytes", "123456"));

    assertThat(read.join()).isEqualTo(123_456);
  }

  @Test
  void oneThatStaysUnknownIsToldInWords() {
    TopicSetup setup = new TopicSetup(calls(Duration.ofSeconds(1)));

    assertThatThrownBy(() -> setup.maxMessageBytes(topic))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("cannot read the settings of topic '" + topic + "'")
        .hasMessageContaining("was not known for 1 s")
        .hasMessageContaining("start again")
        .message()
        .doesNotContain("Exception");
  }

  @Test
  void aTopicThatIsRefusedIsToldWithWhatToDo() {
    TopicSetup setup = new TopicSetup(calls(Duration.ofSeconds(20)));
    JobTopics topics = new JobTopics(topic, topic + "-events");

    assertThatThrownBy(
            () -> setup.create(topics.batches(), 1, Map.of("cleanup.policy", "no-such-policy")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("cannot create topic '" + topics.batches() + "'")
        .hasMessageContaining("no-such-policy")
        .message()
        .doesNotContain("Exception");
  }

  private AdminCalls calls(Duration timeout) {
    return new AdminCalls(admin, timeout, SharedBroker.bootstrapServers());
  }
}
