package dev.counterweight.streams;

import dev.counterweight.config.KafkaConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** How much a topology's producers send at a time. */
public final class RequestSize {
  private static final int OVERHEAD = 64 << 10;

  private RequestSize() {}

  /**
   * Most bytes of a request: what the user says, or enough for the longest record.
   *
   * @param record most bytes of one
   */
  public static int of(KafkaConfig kafka, int record) {
    String key = StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG);
    String users = kafka.streams().get(key);
    return users == null ? record + OVERHEAD : Integer.parseInt(users.strip());
  }
}
