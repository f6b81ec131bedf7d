package dev.counterweight.sampling;

import dev.counterweight.runtime.FailureException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * Writes records and the offsets they account for, all of them or none: a transaction begins with
 * its first record, because an open one holds up every reader of the log. Not thread-safe; does not
 * own the producer.
 */
final class BatchWriter {

  /** The open transaction cannot be committed: abort it, and start again from what is committed. */
  static final class AbortedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbortedException(Throwable cause) {
      super(cause.getMessage(), cause);
    }
  }

  private static final int ATTEMPTS = 3;

  private final Producer<byte[], byte[]> producer;
  private final String transactionalId;
  private final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
  private boolean open;
  private long openedAtMs;

  BatchWriter(Producer<byte[], byte[]> producer, String transactionalId) {
    this.producer = producer;
    this.transactionalId = transactionalId;
  }

  /** Aborts what an earlier owner of the transactional id left open, and shuts that owner out. */
  void start() {
    guarded(producer::initTransactions);
  }

  /**
   * Adds a record to the transaction.
   *
   * @throws AbortedException if the transaction cannot go on
   * @throws FailureException if this instance may not write any more
   */
  void send(ProducerRecord<byte[], byte[]> record, long nowMs) {
    try {
      if (!open) {
        producer.beginTransaction();
        open = true;
        openedAtMs = nowMs;
      }
      producer.send(record);
    } catch (KafkaException e) {
      throw aborted(e);
    }
  }

  /** Adds the offset up to which the records sent so far account for a partition. */
  void account(TopicPartition partition, OffsetAndMetadata offset) {
    offsets.put(partition, offset);
  }

  /** Whether a transaction has been open for {@code intervalMs}. */
  boolean due(long nowMs, long intervalMs) {
    return open && nowMs - openedAtMs >= intervalMs;
  }

  /**
   * Commits the open transaction, if any.
   *
   * @return whether there was one
   * @throws AbortedException if it did not come to pass
   * @throws FailureException if this instance may not write any more
   */
  boolean commit(ConsumerGroupMetadata group) {
    if (!open) {
      return false;
    }
    try {
      patiently(() -> producer.sendOffsetsToTransaction(offsets, group));
      patiently(producer::commitTransaction);
    } catch (KafkaException e) {
      throw aborted(e);
    }
    open = false;
    offsets.clear();
    return true;
  }

  private AbortedException aborted(KafkaException error) {
    failIfFinal(error);
    return new AbortedException(error);
  }

  /** Aborts the open transaction, if any. */
  void abort() {
    if (open) {
      guarded(producer::abortTransaction);
    }
    open = false;
    offsets.clear();
  }

  private void guarded(Runnable action) {
    try {
      patiently(action);
    } catch (KafkaException e) {
      failIfFinal(e);
      throw e;
    }
  }

  /** A call that timed out has to be made again: its outcome is not known, and it is idempotent. */
  private void patiently(Runnable call) {
    for (int attempt = 1; ; attempt++) {
      try {
        call.run();
        return;
      } catch (TimeoutException e) {
        if (attempt == ATTEMPTS) {
          throw new FailureException(
              "cannot write in transactions as '%s': no answer in %d attempts: %s"
                  .formatted(transactionalId, attempt, e.getMessage()),
              e);
        }
      }
    }
  }

  private void failIfFinal(KafkaException error) {
    if (error instanceof InterruptException) {
      throw error;
    }
    Throwable cause = error;
    while (cause != null && !isFinal(cause)) {
      cause = cause.getCause();
    }
    if (cause instanceof ProducerFencedException
        || cause instanceof InvalidProducerEpochException) {
      throw new FailureException(
          "another sampler took over transactional id '%s', or this one stood still for too long within a transaction: give every instance its own instance.id, and start this one again"
              .formatted(transactionalId),
          error);
    }
    if (cause != null) {
      throw new FailureException(
          "cannot write in transactions as '%s': %s".formatted(transactionalId, cause.getMessage()),
          error);
    }
  }

  private static boolean isFinal(Throwable error) {
    return error instanceof ApiException
        && (error instanceof ProducerFencedException
            || error instanceof InvalidProducerEpochException
            || error instanceof AuthorizationException
            || error instanceof UnsupportedVersionException);
  }
}
