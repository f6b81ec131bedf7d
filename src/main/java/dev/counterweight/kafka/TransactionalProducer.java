package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
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
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records and the offsets they account for, all of them or none: a transaction begins with
 * its first record, because an open one holds up every reader of the log. An instance that stood
 * still for longer than the broker keeps a transaction open goes on with a new producer. Owned by
 * the thread of its {@link TransactionalWriter}.
 */
public final class TransactionalProducer {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionalProducer.class);

  /**
   * After which the broker aborts a transaction, and shuts its producer out: to be set as {@code
   * transaction.timeout.ms} of the producers.
   */
  public static final int TRANSACTION_TIMEOUT_MS = 10_000;

  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final Supplier<Producer<byte[], byte[]>> producers;
  private final String role;
  private final String transactionalId;
  private final Ticker ticker;
  private final Retry retry;
  private final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
  private Producer<byte[], byte[]> producer;
  private boolean open;
  private boolean forgotten;
  private long openedAtMs;

  /**
   * @param producers makes a producer of this transactional id
   * @param role of which another instance may have the same id, for messages
   */
  TransactionalProducer(
      Supplier<Producer<byte[], byte[]>> producers,
      String role,
      String transactionalId,
      Ticker ticker,
      Retry retry) {
    this.producers = producers;
    this.producer = producers.get();
    this.role = role;
    this.transactionalId = transactionalId;
    this.ticker = ticker;
    this.retry = retry;
  }

  /** Aborts what an earlier owner of the transactional id left open, and shuts that owner out. */
  void start() {
    try {
      // A broker that has never kept any may well be unable to, however well it answers otherwise.
      retry.until(
          "begin to write in transactions as '%s' (where all else is answered: has the cluster as many brokers as its transaction.state.log.replication.factor and .min.isr ask for?)"
              .formatted(transactionalId),
          () -> producer.initTransactions());
    } catch (KafkaException e) {
      failIfFinal(e);
      throw e;
    }
  }

  /**
   * Adds a record to the transaction.
   *
   * @throws TransactionalWriter.AbortedException if the transaction cannot go on
   * @throws FailureException if this instance may not write any more
   */
  public void send(ProducerRecord<byte[], byte[]> record) {
    try {
      if (!open) {
        producer.beginTransaction();
        open = true;
        openedAtMs = ticker.millis();
      }
      producer.send(record);
    } catch (KafkaException e) {
      throw aborted(e);
    }
  }

  /** Adds the offset up to which the records sent so far account for a partition. */
  public void account(TopicPartition partition, OffsetAndMetadata offset) {
    offsets.put(partition, offset);
  }

  /**
   * Commits the open transaction, if any.
   *
   * @throws TransactionalWriter.AbortedException if it did not come to pass
   * @throws FailureException if this instance may not write any more
   * @throws InvariantException if it accounts for nothing
   */
  void commit(ConsumerGroupMetadata group) {
    if (!open) {
      return;
    }
    requireAccount(offsets);
    try {
      patiently(() -> producer.sendOffsetsToTransaction(offsets, group));
      patiently(producer::commitTransaction);
    } catch (KafkaException e) {
      throw aborted(e);
    }
    clear();
  }

  /** Without offsets no broker asks whether the group still has this instance in it. */
  private static void requireAccount(Map<TopicPartition, OffsetAndMetadata> offsets) {
    if (offsets.isEmpty()) {
      throw new InvariantException(
          "a transaction accounts for what it read", "offsets of partitions", offsets);
    }
  }

  private TransactionalWriter.AbortedException aborted(KafkaException error) {
    forgotten |= ForgottenProducer.in(error);
    if (!forgotten && !timedOut(error)) {
      failIfFinal(error);
    }
    // What made the producer give up, where it says so: it wraps that once it is in the error
    // state.
    return new TransactionalWriter.AbortedException(
        Causes.of(error)
            .takeWhile(KafkaException.class::isInstance)
            .reduce(error, (outer, inner) -> inner));
  }

  /** Aborts the open transaction, if any; a producer that is of no more use is replaced. */
  void abort() {
    if (forgotten) {
      LOG.warn("'{}' goes on with a new producer: {}", transactionalId, ForgottenProducer.WHY);
      replaceProducer();
    } else if (open) {
      try {
        patiently(producer::abortTransaction);
      } catch (KafkaException e) {
        if (!timedOut(e)) {
          failIfFinal(e);
          // Whether fenced in passing or broken otherwise, the producer says of itself that it is
          // of no more use, and a new one would shut another owner of the id out.
          throw new FailureException(
              "cannot write in transactions as '%s': %s; if another %s has the same instance.id, give each its own, and start this one again"
                  .formatted(
                      transactionalId,
                      new TransactionalWriter.AbortedException(e).getMessage(),
                      role),
              e);
        }
        LOG.warn("Stood still within a transaction, which the broker aborted: going on", e);
        replaceProducer();
      }
    }
    clear();
  }

  private void clear() {
    open = false;
    offsets.clear();
  }

  private void replaceProducer() {
    producer.close(Duration.ZERO);
    producer = producers.get();
    start();
    forgotten = false;
  }

  void close() {
    // What is open is aborted by the broker, if it does not answer now.
    producer.close(CLOSING);
  }

  /**
   * Whether the producer was shut out because its transaction had been open for too long, not by
   * another of the same id: that one comes while a transaction is young.
   */
  private boolean timedOut(KafkaException error) {
    return open
        && ticker.millis() - openedAtMs >= TRANSACTION_TIMEOUT_MS
        && isFenced(finalCause(error));
  }

  /** A call that timed out has to be made again: its outcome is not known, and it is idempotent. */
  private void patiently(Runnable call) {
    retry.untilDone("write in transactions as '" + transactionalId + "'", call);
  }

  private void failIfFinal(KafkaException error) {
    if (error instanceof InterruptException) {
      throw error;
    }
    Throwable cause = finalCause(error);
    if (isFenced(cause)) {
      throw new FailureException(
          "another %s took over transactional id '%s': give every instance its own instance.id, and start this one again"
              .formatted(role, transactionalId),
          error);
    }
    if (cause != null) {
      throw new FailureException(
          "cannot write in transactions as '%s': %s".formatted(transactionalId, cause.getMessage()),
          error);
    }
  }

  private static @Nullable Throwable finalCause(Throwable error) {
    return Causes.of(error).filter(TransactionalProducer::isFinal).findFirst().orElse(null);
  }

  private static boolean isFenced(@Nullable Throwable cause) {
    return cause instanceof ProducerFencedException
        || cause instanceof InvalidProducerEpochException;
  }

  private static boolean isFinal(Throwable error) {
    return error instanceof ApiException
        && (isFenced(error)
            || error instanceof AuthorizationException
            || error instanceof UnsupportedVersionException);
  }
}
