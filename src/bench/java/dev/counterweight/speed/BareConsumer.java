package dev.counterweight.speed;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The least that a Java program can do that reads a topic: a consumer with Kafka's own settings
 * that polls and does nothing. {@code BareConsumer BOOTSTRAP TOPIC EVENTS}.
 */
final class BareConsumer {
  private BareConsumer() {}

  public static void main(String[] args) {
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", args[0]),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(args[1]).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long wanted = Long.parseLong(args[2]);
      long read = 0;
      while (read < wanted) {
        read += consumer.poll(Duration.ofMillis(100)).count();
      }
      System.out.println(Collections.singletonMap("read", read));
    }
  }
}
