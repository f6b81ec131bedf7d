package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.JobTopics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Follows the newest metrics of several jobs. Not thread-safe. */
final class MetricsTail implements AutoCloseable {
  private final Consumer<byte[], byte[]> consumer;
  private final Map<String, MetricsPoint> newest = new HashMap<>();

  /** Follows from the topics' beginnings; the topics must exist. */
  MetricsTail(KafkaClients clients, List<JobTopics> jobs) {
    this.consumer = clients.consumer("metrics-tail", Map.of());
    List<TopicPartition> partitions =
        jobs.stream().map(topics -> new TopicPartition(topics.metrics(), 0)).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Waits up to {@code patience} for something new. */
  void poll(Duration retry) {
    for (ConsumerRecord<byte[], byte[]> found : consumer.poll(retry)) {
      newest.put(found.topic(), MetricsJson.read(found.value(), 0));
    }
  }

  /** A job's newest metrics, or null if it has told none yet. */
  @Nullable MetricsPoint newest(JobTopics job) {
    return newest.get(job.metrics());
  }

  @Override
  public void close() {
    consumer.close();
  }
}
