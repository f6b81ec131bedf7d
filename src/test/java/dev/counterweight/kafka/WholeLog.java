package dev.counterweight.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** A log of one partition as a reader of committed records finds it. */
public final class WholeLog {
  private WholeLog() {}

  /** Every value, oldest first, up to the log's end when this is called. */
  public static <T> List<T> read(KafkaClients clients, String topic, Function<byte[], T> decoder) {
    List<T> all = new ArrayList<>();
    forEach(clients, topic, found -> all.add(decoder.apply(found.value())));
    return all;
  }

  /** Hands over every record, oldest first, up to the log's end when this is called. */
  public static void forEach(
      KafkaClients clients, String topic, Consumer<ConsumerRecord<byte[], byte[]>> then) {
    try (TopicTail<ConsumerRecord<byte[], byte[]>> log =
        new TopicTail<>(clients.consumer("whole-log", Map.of()), topic, Function.identity())) {
      log.seekKept(0);
      long end = log.end();
      for (Optional<ConsumerRecord<byte[], byte[]>> next = log.nextBelow(end);
          next.isPresent();
          next = log.nextBelow(end)) {
        then.accept(next.get());
      }
    }
  }

  /** The offset after the newest record. */
  public static long end(KafkaClients clients, String topic) {
    try (var consumer = clients.consumer("end", Map.of())) {
      return new LogEnds(consumer).end(new TopicPartition(topic, 0));
    }
  }
}
