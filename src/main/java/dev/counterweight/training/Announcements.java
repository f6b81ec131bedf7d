package dev.counterweight.training;

import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobTopics;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.KafkaClients;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApplicationRecoverableException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * Reads and makes a job's announcements. Making one of these fences whoever had the lead before:
 * from then on a zombie's announcements fail. Used by one thread.
 */
final class Announcements implements AutoCloseable {
  private static final int FEW = 16;

  private final KafkaClients clients;
  private final JobTopics topics;
  private final Producer<byte[], byte[]> producer;

  /** Nothing was announced, for now: the group is in motion, as when a standby joins. */
  static final class NotNowException extends IOException {
    private static final long serialVersionUID = 1L;

    NotNowException(Throwable cause) {
      super("the group does not know this trainer as it is now: " + cause.getMessage(), cause);
    }
  }

  /** This trainer has the lead no longer; nothing was announced. */
  static final class LeadLostException extends Exception {
    private static final long serialVersionUID = 1L;

    LeadLostException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Fences every earlier holder of the lead; only the holder may call this. */
  Announcements(KafkaClients clients, JobTopics topics) {
    this.clients = clients;
    this.topics = topics;
    this.producer =
        clients.transactionalProducer(
            topics.groupOf("trainer"), Map.of(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000));
    try {
      producer.initTransactions();
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /** What was announced so far; of very many, the newest. */
  Announced read() {
    return read(clients, topics);
  }

  /** As {@link #read()}, for anybody: fences nobody. */
  static Announced read(KafkaClients clients, JobTopics topics) {
    TopicPartition partition = new TopicPartition(topics.checkpoints(), 0);
    try (Consumer<byte[], byte[]> consumer =
        clients.consumer(topics.groupOf("trainer") + ".checkpoints", Map.of())) {
      consumer.assign(List.of(partition));
      long begin = consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      // Each names the earlier ones that are kept, so the last few tell all. They need not be the
      // last offsets: transactions leave marks, and an announcement may carry a model.
      for (long back = FEW; ; back *= FEW) {
        long from = Math.max(begin, end - back);
        List<Announcement> found = read(consumer, partition, from, end);
        if (!found.isEmpty() || from == begin) {
          return new Announced(found);
        }
      }
    }
  }

  /**
   * Announces a checkpoint, in one transaction with the batch offset that it reached, so that a lag
   * exporter sees what a restart would.
   *
   * @throws LeadLostException if another trainer has taken the lead; nothing was announced
   * @throws NotNowException if the group is in motion, or this member dropped out of it: the next
   *     poll tells which; nothing was announced
   */
  void announce(Announcement announcement, ConsumerGroupMetadata membership)
      throws LeadLostException, NotNowException {
    TopicPartition batches = new TopicPartition(topics.batches(), 0);
    try {
      producer.beginTransaction();
      producer.send(
          new ProducerRecord<>(topics.checkpoints(), Announcement.key(), announcement.toJson()));
      producer.sendOffsetsToTransaction(
          Map.of(batches, new OffsetAndMetadata(announcement.batchOffset())), membership);
      producer.commitTransaction();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new LeadLostException("another trainer has taken the lead", e);
    } catch (KafkaException e) {
      abort(e);
      if (e instanceof ApplicationRecoverableException
          || e instanceof org.apache.kafka.clients.consumer.CommitFailedException) {
        throw new NotNowException(e);
      }
      throw new FailureException(
          "cannot announce a checkpoint on '%s': %s"
              .formatted(topics.checkpoints(), e.getMessage()),
          e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }

  private void abort(KafkaException cause) {
    try {
      producer.abortTransaction();
    } catch (RuntimeException e) {
      // The next holder's initTransactions ends it; what happened first is what is reported.
      cause.addSuppressed(e);
    }
  }

  /** Newest first. */
  private static List<Announcement> read(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long from, long end) {
    Deque<Announcement> all = new ArrayDeque<>();
    consumer.seek(partition, from);
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> rec : consumer.poll(Duration.ofMillis(200))) {
        all.addFirst(Announcement.parse(rec.value()));
      }
    }
    return List.copyOf(all);
  }
}
