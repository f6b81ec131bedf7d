package dev.counterweight.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** A topic of any number of partitions as a reader of committed records finds it. */
public final class WholeTopic {
  private WholeTopic() {}

  /**
   * Hands over every record committed to a topic when this is called, those of a partition in their
   * order.
   *
   * @return {partition: the offset up to which it was read}; empty if there is no such topic
   */
  public static SortedMap<Integer, Long> forEach(
      KafkaClients clients,
      String topic,
      java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> then) {
    try (var consumer = clients.consumer("whole-topic", Map.of())) {
      return forEach(consumer, topic, then);
    }
  }

  /** The same by a consumer that may read other topics before and after. */
  public static SortedMap<Integer, Long> forEach(
      Consumer<byte[], byte[]> consumer,
      String topic,
      java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> then) {
    List<TopicPartition> all =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(all);
    consumer.seekToBeginning(all);
    Map<TopicPartition, Long> ends = consumer.endOffsets(all);
    while (all.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
      consumer.poll(Duration.ofMillis(100)).forEach(then);
    }
    SortedMap<Integer, Long> read = new TreeMap<>();
    ends.forEach((partition, end) -> read.put(partition.partition(), end));
    return read;
  }
}
