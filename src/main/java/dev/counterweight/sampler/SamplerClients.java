package dev.counterweight.sampler;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TransactionalProducer;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The clients of a sampler, to be closed by the caller. */
final class SamplerClients {
  // Where a killed instance is gone from its group as soon as its transaction is.
  private static final int SESSION_TIMEOUT_MS = TransactionalProducer.TRANSACTION_TIMEOUT_MS;
  private static final int HEARTBEAT_INTERVAL_MS = 3_000;
  // Several batch records a request; one alone is above the producer's own default.
  private static final int PRODUCER_BATCH_BYTES = 512 << 10;
  private static final Map<String, Object> READING =
      Map.of(
          // The system's own, which grows with what comes: Kafka's 64 KiB make the broker wait for
          // the reader, and the reader for the broker.
          ConsumerConfig.RECEIVE_BUFFER_CONFIG,
          -1,
          ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
          16 << 20);
  // Kafka's 1 MiB a partition is used up before more has come. What was fetched of a paused
  // partition waits in memory, so that of many each has less.
  private static final int FETCHED_BYTES = 64 << 20;
  private static final int MIN_PARTITION_BYTES = 1 << 20;
  private static final int MAX_PARTITION_BYTES = 4 << 20;
  private static final int REQUEST_OVERHEAD_BYTES = 64 << 10;

  private SamplerClients() {}

  /**
   * A member of the samplers' group.
   *
   * @param partitions of the events topic
   */
  static Consumer<byte[], byte[]> consumer(JobConfig config, KafkaClients clients, int partitions) {
    String group = config.topics().groupOf("sampler");
    return clients.consumer(
        group + "." + config.instanceId(),
        consumerSettings(group, partitions, config.kafka().clients()),
        EventsConfig.KEPT_KEY_BYTES,
        config.events().keptBytes());
  }

  /**
   * What the consumer needs, and what it is faster with unless the user has chosen.
   *
   * @param partitions of which it may have to hold something fetched at once
   * @param chosen the user's settings
   */
  static Map<String, Object> consumerSettings(
      String group, int partitions, Map<String, String> chosen) {
    Map<String, Object> settings = new HashMap<>(READING);
    settings.put(
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
        Math.max(
            MIN_PARTITION_BYTES,
            Math.min(MAX_PARTITION_BYTES, FETCHED_BYTES / Math.max(1, partitions))));
    settings.keySet().removeAll(chosen.keySet());
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_INTERVAL_MS);
    return settings;
  }

  /** A producer whose transactions end within seconds if it is killed. */
  static Producer<byte[], byte[]> producer(
      JobConfig config, KafkaClients clients, String transactionalId) {
    int request = Math.max(1 << 20, config.sampler().recordMaxBytes() + REQUEST_OVERHEAD_BYTES);
    return clients.transactionalProducer(
        transactionalId,
        Map.of(
            ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
            TransactionalProducer.TRANSACTION_TIMEOUT_MS,
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            request,
            ProducerConfig.BATCH_SIZE_CONFIG,
            PRODUCER_BATCH_BYTES,
            // A transaction's first request tells the broker of its producer: others sent behind it
            // before that are refused and sent again.
            ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
            1));
  }
}
