package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsResult;
import org.apache.kafka.clients.admin.ForwardingAdmin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
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
  void settingsOfATopicThatIsNotKnownYetAreWaitedForToo() throws Exception {
    CountDownLatch asked = new CountDownLatch(3);
    try (Admin watched = watched(asked)) {
      TopicSetup setup =
          new TopicSetup(watched, Duration.ofSeconds(20), SharedBroker.bootstrapServers());
      CompletableFuture<Integer> read =
          CompletableFuture.supplyAsync(() -> setup.maxMessageBytes(topic));
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      setup.create(topic, 1, Map.of("max.message.bytes", "123456"));

      assertThat(read.get()).isEqualTo(123_456);
    }
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

  @Test
  void whereATopicBeginsAndEndsAndWhatAGroupCommittedIsAnswered() throws Exception {
    AdminCalls calls = calls(Duration.ofSeconds(20));
    SharedBroker.createTopic(topic, 2);
    TopicPartition second = new TopicPartition(topic, 1);
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (Producer<byte[], byte[]> producer = clients.producer(topic, Map.of())) {
      producer.send(new ProducerRecord<>(topic, 1, null, new byte[3])).get(20, TimeUnit.SECONDS);
    }

    List<TopicPartition> both = LogEnds.partitions(topic, 2);
    assertThat(calls.offsets(both, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED))
        .isEqualTo(Map.of(0, 0L, 1, 0L));
    assertThat(calls.offsets(both, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED))
        .isEqualTo(Map.of(0, 0L, 1, 1L));

    calls.ask(
        "commit",
        client ->
            client
                .alterConsumerGroupOffsets(topic, Map.of(second, new OffsetAndMetadata(1)))
                .all());
    assertThat(calls.committed(topic)).containsOnlyKeys(second);
  }

  /** A client that tells when it was asked for settings. */
  private static Admin watched(CountDownLatch asked) {
    return new ForwardingAdmin(Map.of("bootstrap.servers", SharedBroker.bootstrapServers())) {
      @Override
      public DescribeConfigsResult describeConfigs(
          Collection<ConfigResource> resources, DescribeConfigsOptions options) {
        asked.countDown();
        return super.describeConfigs(resources, options);
      }
    };
  }

  private AdminCalls calls(Duration timeout) {
    return new AdminCalls(admin, timeout, SharedBroker.bootstrapServers());
  }
}
