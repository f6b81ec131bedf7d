package dev.counterweight.trainer;

import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.ForgottenProducer;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
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
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and makes a job's announcements. Making one of these fences whoever had the lead before:
 * from then on a zombie's announcements fail. Not thread-safe.
 */
final class Announcements implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);
  private static final int FEW = 16;

  /** Each of them waits for max.block.ms, 60 s unless the user set it. */
  private static final int ATTEMPTS = 3;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final JobTopics topics;
  private final Producer<byte[], byte[]> producer;

  /** Nothing was announced, for now: the group is in motion, as when a standby joins. */
  static final class NotNowException extends IOException {
    private static final long serialVersionUID = 1L;

    NotNowException(Throwable cause) {
      super("nothing could be announced for now: " + cause.getMessage(), cause);
    }
  }

  /** This trainer has the lead no longer; nothing was announced. */
  static final class LeadLostException extends Exception {
    private static final long serialVersionUID = 1L;

    LeadLostException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Fences every earlier holder of the lead; only the holder may call this.
   *
   * @throws TimeoutException if the broker does not answer
   */
  Announcements(KafkaClients clients, JobTopics topics) {
    this(
        clients,
        topics,
        clients.transactionalProducer(
            topics.groupOf("trainer"), Map.of(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 10_000)));
  }

  /** The same by a producer that is closed with this. */
  Announcements(KafkaClients clients, JobTopics topics, Producer<byte[], byte[]> producer) {
    this.clients = clients;
    this.topics = topics;
    this.producer = producer;
    try {
      patiently(producer::initTransactions);
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * What was announced so far; of very many, the newest.
   *
   * @throws TimeoutException if the broker does not answer
   */
  Announced read() {
    return read(clients, topics);
  }

  /** As {@link #read()}, for anybody: fences nobody. */
  static Announced read(KafkaClients clients, JobTopics topics) {
    List<Announcement> found = new ArrayList<>();
    try (TopicTail<ConsumerRecord<byte[], byte[]>> log =
        new TopicTail<>(
            clients.consumer(topics.groupOf("trainer") + ".checkpoints", Map.of()),
            topics.checkpoints(),
            Function.identity())) {
      // Each names the earlier ones that are kept, so the last few tell all. They need not be the
      // last offsets: transactions leave marks, and an announcement may carry a model.
      log.back(
          FEW,
          few -> {
            found.addAll(readable(few));
            return found.isEmpty();
          });
    }
    return new Announced(found);
  }

  /**
   * Announces a checkpoint, in one transaction with the batch offset that it reached, so that a lag
   * exporter sees what a restart would.
   *
   * @throws LeadLostException if another trainer has taken the lead; nothing was announced
   * @throws NotNowException if the group is in motion, or this member dropped out of it: the next
   *     poll tells which; or if the broker was in trouble. Nothing was announced
   * @throws TimeoutException if the broker does not answer: whether it was announced is not known
   *     before the lead is taken anew
   */
  void announce(Announcement announcement, ConsumerGroupMetadata membership)
      throws LeadLostException, NotNowException {
    TopicPartition batches = new TopicPartition(topics.batches(), 0);
    try {
      producer.beginTransaction();
      producer.send(
          new ProducerRecord<>(topics.checkpoints(), Announcement.key(), announcement.toJson()));
      patiently(
          () ->
              producer.sendOffsetsToTransaction(
                  Map.of(batches, new OffsetAndMetadata(announcement.batchOffset())), membership));
      patiently(producer::commitTransaction);
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new LeadLostException("another trainer has taken the lead", e);
    } catch (TimeoutException e) {
      throw e;
    } catch (KafkaException e) {
      refused(e);
    }
  }

  private static FailureException unreadable(
      ConsumerRecord<byte[], byte[]> rec, RuntimeException cause) {
    LOG.warn(
        "offset {} of topic '{}' is passed over if another follows: {}",
        rec.offset(),
        rec.topic(),
        cause.getMessage());
    return new FailureException(
        "offset %d of topic '%s', the newest, is not an announcement: %s; send the record before it once more, under the key '%s', or start a new job with trainer.initial"
            .formatted(
                rec.offset(),
                rec.topic(),
                cause.getMessage(),
                new String(Announcement.key(), StandardCharsets.UTF_8)),
        cause);
  }

  /** Does not wait long for a broker that does not answer. */
  @Override
  public void close() {
    producer.close(CLOSE_TIMEOUT);
  }

  private void refused(KafkaException error) throws LeadLostException, NotNowException {
    if (ForgottenProducer.in(error)) {
      // Only who has the lead may make a new producer, and this one may be a zombie by now.
      throw new LeadLostException(ForgottenProducer.WHY, error);
    }
    boolean passes = passes(error);
    try {
      patiently(producer::abortTransaction);
    } catch (RuntimeException e) {
      // The next holder's initTransactions ends it; what happened first is what is reported.
      error.addSuppressed(e);
      if (passes) {
        throw new LeadLostException(
            "its transaction cannot be ended: " + error.getMessage(), error);
      }
    }
    if (passes) {
      throw new NotNowException(error);
    }
    throw new FailureException(
        "cannot announce a checkpoint on '%s': %s"
            .formatted(topics.checkpoints(), error.getMessage()),
        error);
  }

  /**
   * Whether it is a trouble of the moment; the producer wraps what made it give up. That records
   * had no answer in time it tells as no more than a KafkaException, after which to abort is safe.
   */
  private static boolean passes(Throwable error) {
    return Stream.of(
                ApplicationRecoverableException.class,
                CommitFailedException.class,
                RetriableException.class,
                TransactionAbortableException.class)
            .anyMatch(type -> Causes.any(type, error))
        || Causes.root(error).getClass() == KafkaException.class;
  }

  /** A call that timed out has to be made again: its outcome is not known, and it is idempotent. */
  private static void patiently(Runnable call) {
    for (int attempt = 1; ; attempt++) {
      try {
        call.run();
        return;
      } catch (TimeoutException e) {
        if (attempt == ATTEMPTS) {
          throw new TimeoutException(
              "the broker gave no answer in %d attempts: %s".formatted(attempt, e.getMessage()), e);
        }
      }
    }
  }

  /**
   * Newest first; records of other keys are not theirs. One that cannot be read says nothing once
   * another follows it.
   */
  private static List<Announcement> readable(List<ConsumerRecord<byte[], byte[]>> records) {
    Deque<Announcement> all = new ArrayDeque<>();
    FailureException unreadable = null;
    for (ConsumerRecord<byte[], byte[]> rec : records) {
      if (!Announcement.isKey(rec.key())) {
        continue;
      }
      try {
        all.addFirst(Announcement.parse(rec.value()));
        unreadable = null;
      } catch (FailureException | IllegalArgumentException e) {
        unreadable = unreadable(rec, e);
      }
    }
    if (unreadable != null) {
      throw unreadable;
    }
    return List.copyOf(all);
  }
}
