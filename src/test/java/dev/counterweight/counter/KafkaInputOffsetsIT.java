package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.streams.KafkaInputOffsets;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class KafkaInputOffsetsIT {

  @Test
  void committedEventsAreFoundBetweenOffsetsAndMarkersAndAbortedOnesAreNone() throws Exception {
    CountedJob job = new CountedJob(1, Map.of());
    KafkaClients clients = job.clients;
    try (Producer<byte[], byte[]> producer =
        clients.transactionalProducer(job.topic + ".events", Map.of())) {
      producer.initTransactions();
      for (boolean commit : new boolean[] {true, false, true}) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(job.topic, new byte[] {1})).get();
        if (commit) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
    }
    try (Admin admin = clients.admin("admin")) {
      KafkaInputOffsets offsets =
          new KafkaInputOffsets(
              clients,
              new AdminCalls(admin, Duration.ofSeconds(10), "the broker"),
              job.topic,
              job.topic + ".group",
              p -> false);

      // 0 event, 1 its marker, 2 aborted, 3 its marker, 4 event, 5 its marker
      assertThat(offsets.holdsAny(0, 0, 1)).isTrue();
      assertThat(offsets.holdsAny(0, 1, 4)).isFalse();
      assertThat(offsets.holdsAny(0, 1, 5)).isTrue();

      // As Kafka Streams purges a repartition topic: up to the marker, which the state is below.
      admin
          .deleteRecords(Map.of(new TopicPartition(job.topic, 0), RecordsToDelete.beforeOffset(2)))
          .all()
          .get();
      assertThat(offsets.holdsAny(0, 1, 2)).isFalse();
      assertThat(offsets.holdsAny(0, 1, 4)).isFalse();
      assertThat(offsets.holdsAny(0, 1, 5)).isTrue();
    }
  }
}
