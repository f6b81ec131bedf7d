package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.ServedScore;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ServedPaymentsIT {
  private static final int PAYMENTS = 5;

  private final JobTopics topics = new JobTopics(SharedBroker.uniqueName("served"), "payments");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  @BeforeEach
  void createTopics() {
    SharedBroker.createTopic(topics.scores(), 1);
    SharedBroker.createTopic(topics.deadLetters(), 1);
  }

  @Test
  void aPaymentIsAnsweredByItsFirstScoreAndAnyOtherIsTold() {
    send(PaymentRecords.key(4), 0.75);
    send(PaymentRecords.key(0), 0.25);
    send(PaymentRecords.key(4), 0.5);

    try (ServedPayments served = served()) {
      served.followToEnd();

      assertThat(served.scored()).isEqualTo(2);
      assertThat(served.again()).isEqualTo(1);
      assertThat(served.score(4)).isEqualTo(0.75);
      assertThat(served.score(0)).isEqualTo(0.25);
      assertThat(served.score(3)).isNaN();
    }
  }

  @Test
  void aScoreOfNoPaymentEndsTheDemo() {
    send(PaymentRecords.key(0), 0.25);
    send(PaymentRecords.key(PAYMENTS), 0.25);
    assertThatItEndsWith("below 5, found 5;");
  }

  @Test
  void aScoreWithoutAPaymentsKeyEndsTheDemo() {
    send(PaymentRecords.key(0), 0.25);
    send("payment-1".getBytes(UTF_8), 0.25);
    assertThatItEndsWith("below 5, found -1;");
  }

  private void assertThatItEndsWith(String found) {
    try (ServedPayments served = served()) {
      assertThatThrownBy(served::followToEnd)
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "a score of topic '%s', offset 1, is of a payment: expected a key from p000000000 on,"
                  + " %s",
              topics.scores(), found);
    }
  }

  private ServedPayments served() {
    return new ServedPayments(clients, topics, 1, false, PAYMENTS);
  }

  private void send(byte[] key, double fraud) {
    ServedScore score =
        new ServedScore(
            Map.of("ok", 1 - fraud, PaymentsJobs.FRAUD, fraud),
            "ok",
            null,
            1,
            "none",
            "none",
            new ServedScore.Place(0, 0),
            List.of());
    try (Producer<byte[], byte[]> producer = clients.producer("fill", Map.of())) {
      producer.send(new ProducerRecord<>(topics.scores(), 0, key, score.toJson()));
    }
  }
}
