package dev.counterweight.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.OpenTransactions.Held;
import dev.counterweight.live.TopicScan.Letters;
import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.protocol.JobTopics;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Looks at topics as they come into being, fill and are left with little but markers. */
@Timeout(120)
class TopicWatchIT {
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private final String job = SharedBroker.uniqueName("watched");
  private final JobTopics topics = new JobTopics(job, job + "-events");
  private final TopicWatch watch =
      new TopicWatch(clients, topics, Set.of("label"), Clock.systemUTC());

  @AfterEach
  void close() {
    watch.close();
  }

  @Test
  void topicsAreFoundWhenTheyComeToBe() throws Exception {
    TopicScan before = watch.look();
    assertThat(before.unseen())
        .containsEntry(topics.events(), Unseen.ABSENT)
        .containsEntry(topics.metrics(), Unseen.ABSENT)
        .hasSize(6);
    assertThat(before.newest()).isEmpty();
    assertThat(before.ends()).isEmpty();

    SharedBroker.createTopic(topics.events(), 3);
    SharedBroker.createTopic(topics.metrics(), 1);
    send(topics.events(), 7);
    send(topics.metrics(), 2);

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              TopicScan after = watch.look();
              assertThat(after.ends()).hasSize(3);
              assertThat(after.ends().values().stream().mapToLong(Long::longValue).sum())
                  .isEqualTo(7);
              assertThat(after.newest()).containsKey(topics.metrics());
              assertThat(after.unseen()).hasSize(4).doesNotContainKey(topics.metrics());
            });
    assertThat(newest(topics.metrics())).isEqualTo("1");

    assertThat(watch.look().sampled()).isEmpty();
    try (Admin admin = SharedBroker.admin()) {
      TopicPartition partition = new TopicPartition(topics.events(), 1);
      admin
          .alterConsumerGroupOffsets(
              topics.groupOf("sampler"), Map.of(partition, new OffsetAndMetadata(2)))
          .all()
          .get();
    }
    assertThat(watch.look().sampled()).containsExactly(Map.entry(1, 2L));

    send(topics.metrics(), 3);
    assertThat(newest(topics.metrics())).as("at the very next look").isEqualTo("2");
  }

  @Test
  void newestRecordIsFoundBehindATailOfAbortedOnes() throws Exception {
    SharedBroker.createTopic(topics.metrics(), 1);
    send(topics.metrics(), 500);
    try (Producer<byte[], byte[]> producer =
        clients.transactionalProducer(job + ".aborts", Map.of())) {
      producer.initTransactions();
      for (int i = 0; i < 2 * TopicWatch.TAIL; i++) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topics.metrics(), "aborted".getBytes(UTF_8))).get();
        producer.abortTransaction();
      }
    }

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> watch.look().newest().containsKey(topics.metrics()));
    assertThat(newest(topics.metrics())).isEqualTo("499");
  }

  @Test
  void deadLettersAreCountedOneByOneUntilThereAreTooMany() throws Exception {
    SharedBroker.createTopic(topics.deadLetters(), 1);
    assertThat(watch.look().deadLetters()).isEqualTo(Letters.NONE);
    try (Producer<byte[], byte[]> producer =
        clients.transactionalProducer(job + ".letters", Map.of())) {
      producer.initTransactions();
      for (int i = 0; i < 5; i++) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topics.deadLetters(), new byte[] {1}));
        producer.commitTransaction();
      }
    }
    // A commit is answered before its marker is in the topic.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Letters letters = watch.look().deadLetters();
              assertThat(letters.count()).isEqualTo(5);
              assertThat(letters.estimated()).isFalse();
              assertThat(letters.reasons()).hasSize(1);
              assertThat(letters.reasons().get(0).reason()).isEqualTo("no reason given");
              assertThat(letters.reasons().get(0).count()).isEqualTo(5);
            });

    int many = (int) (3 * TopicWatch.LETTERS_TAIL);
    send(topics.deadLetters(), many);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Letters letters = watch.look().deadLetters();
              assertThat(letters.estimated()).isTrue();
              assertThat(letters.count()).isBetween(many + 5L, many + 10L);
            });
  }

  @Test
  void whatAnOpenTransactionHoldsBackIsSeenUntilItEnds() throws Exception {
    SharedBroker.createTopic(topics.events(), 2);
    send(topics.events(), 10);
    try (Producer<byte[], byte[]> open = clients.transactionalProducer(job + ".open", Map.of())) {
      open.initTransactions();
      open.beginTransaction();
      open.send(new ProducerRecord<>(topics.events(), 1, null, new byte[] {1})).get();
      open.send(new ProducerRecord<>(topics.events(), 1, null, new byte[] {1})).get();

      await().atMost(Duration.ofSeconds(30)).until(() -> watch.look().held().offsets() == 2);
      Held held = watch.look().held();
      assertThat(held.from()).containsOnlyKeys(1);
      assertThat(held.where())
          .isEqualTo("partition 1 from offset " + watch.look().ends().get(1) + " on");
      long sinceMs = held.sinceMs();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> watch.look().held().forMs(System.currentTimeMillis()) > 1500);
      assertThat(watch.look().held().sinceMs()).as("the same transaction").isEqualTo(sinceMs);

      open.abortTransaction();
      await().atMost(Duration.ofSeconds(30)).until(() -> watch.look().held().equals(Held.NOTHING));
    }
  }

  private String newest(String topic) {
    return new String(Objects.requireNonNull(watch.look().newest().get(topic)).value(), UTF_8);
  }

  /** Sends records whose values are their numbers, from 0. */
  private void send(String topic, int count) throws Exception {
    try (Producer<byte[], byte[]> producer = clients.producer(job + ".test", Map.of())) {
      for (int i = 0; i < count; i++) {
        producer.send(new ProducerRecord<>(topic, Integer.toString(i).getBytes(UTF_8)));
      }
      producer.flush();
    }
  }
}
