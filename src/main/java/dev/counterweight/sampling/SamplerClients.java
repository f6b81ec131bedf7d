package dev.counterweight.sampling;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobTopics;
import dev.counterweight.runtime.KafkaClients;
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
  private static final int SESSION_TIMEOUT_MS = BatchWriter.TRANSACTION_TIMEOUT_MS;
  private static final int HEARTBEAT_INTERVAL_MS = 3_000;
  // Several batch records a request; one alone is above the producer's own default.
  private static final int PRODUCER_BATCH_BYTES = 512 << 10;
  // Kafka's own 64 KiB make the broker wait for the reader, and the reader for the broker.
  private static final int AS_THE_SYSTEM_SEES_FIT = -1;
  private static final int REQUEST_OVERHEAD_BYTES = 64 << 10;

  private SamplerClients() {}

  /** A member of the samplers' group. */
  static Consumer<byte[], byte[]> consumer(JobConfig config, KafkaClients clients) {
    JobTopics topics = config.topics();
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, topics.groupOf("sampler"));
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_INTERVAL_MS);
    if (!config.kafka().clients().containsKey(ConsumerConfig.RECEIVE_BUFFER_CONFIG)) {
      settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, AS_THE_SYSTEM_SEES_FIT);
    }
    return clients.consumer(topics.groupOf("sampler") + "." + config.instanceId(), settings);
  }

  /** A producer whose transactions end within seconds if it is killed. */
  static Producer<byte[], byte[]> producer(
      JobConfig config, KafkaClients clients, String transactionalId) {
    int request = Math.max(1 << 20, config.sampler().recordMaxBytes() + REQUEST_OVERHEAD_BYTES);
    return clients.transactionalProducer(
        transactionalId,
        Map.of(
            ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
            BatchWriter.TRANSACTION_TIMEOUT_MS,
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
