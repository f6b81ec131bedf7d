package dev.counterweight.speed;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes topics and fills them.
 *
 * @param bootstrap address of the broker
 * @param partitions of each topic
 */
record Topics(String bootstrap, int partitions) {
  /** A topic with so many events, spread evenly over its partitions. */
  void fill(String topic, MadeEvents events, long count)
      throws ExecutionException, InterruptedException {
    create(topic);
    List<byte[]> values = events.values();
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "linger.ms", 20, "batch.size", 131_072),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (long i = 0; i < count; i++) {
        byte[] value = values.get((int) (i % values.size()));
        producer.send(new ProducerRecord<>(topic, (int) (i % partitions), null, value));
      }
    }
  }

  void create(String topic) throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }
  }
}
