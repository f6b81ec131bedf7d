package dev.counterweight.trainer;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Retry;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes scored events to {@code evaluation.predictions.topic}, if there is one. What {@link
 * #flush} returned from is on the topic: called before each checkpoint, no event that a checkpoint
 * knows of is missing. Those scored after it are scored again by who resumes from it, alike, and
 * come again.
 *
 * <p>Memory is the producer's buffer: a broker that is slow holds the trainer up. Not thread-safe.
 */
final class PredictionLog implements Prediction.Listener, AutoCloseable {
  private static final Duration CLOSING = Duration.ofSeconds(1);

  private final @Nullable String topic;
  private final List<String> classes;
  private final @Nullable Producer<byte[], byte[]> producer;
  private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();

  PredictionLog(JobConfig config, KafkaClients clients) {
    this.topic = config.trainer().serving().predictionsTopic();
    this.classes = config.events().schema().classes();
    this.producer =
        topic == null
            ? null
            : clients.producer(
                config.topics().groupOf("trainer") + ".predictions",
                Map.of("linger.ms", 20, "batch.size", 64 * 1024));
  }

  @Override
  public void predicted(Prediction prediction) {
    if (producer != null && topic != null) {
      producer.send(
          new ProducerRecord<>(topic, prediction.toJson(classes)),
          (metadata, e) -> {
            if (e != null) {
              refused.compareAndSet(null, e);
            }
          });
    }
  }

  /**
   * Waits until everything written is on the topic.
   *
   * @throws TimeoutException if the broker did not answer, so that some of it is lost: to be
   *     written again from the newest checkpoint on, by another log
   * @throws FailureException if some of it was refused
   */
  void flush() {
    if (producer == null) {
      return;
    }
    producer.flush();
    Exception e = refused.get();
    if (e != null) {
      String message =
          "evaluation.predictions.topic=%s took not every prediction: %s"
              .formatted(topic, e.getMessage());
      // Kafka takes a topic that is not there for one that may yet come: it is made at the start.
      throw Retry.isNoAnswer(e) && !Causes.any(UnknownTopicOrPartitionException.class, e)
          ? new TimeoutException(message, e)
          : new FailureException(message, e);
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(CLOSING);
    }
  }
}
