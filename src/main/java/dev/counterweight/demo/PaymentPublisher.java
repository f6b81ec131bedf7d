package dev.counterweight.demo;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.payments.Broken;
import dev.counterweight.payments.Chargeback;
import dev.counterweight.payments.Occurrence;
import dev.counterweight.payments.Payment;
import dev.counterweight.payments.PaymentStream;
import dev.counterweight.payments.Tombstone;
import dev.counterweight.protocol.FailureException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a stream of payments and their chargebacks on two topics, on a thread of its own: in
 * order of time, each record with the time at which it happened, each once. It goes no further
 * ahead of those who read than they allow: what is scored long after it happened would be scored by
 * a model that knows what came later.
 *
 * <p>The other methods are for one other thread, but {@link #allow}, which is for any.
 */
final class PaymentPublisher implements AutoCloseable {
  private static final long LOOK_NS = 5_000_000;

  private final PaymentStream stream;
  private final PaymentRecords records;
  private final PaymentLedger ledger;
  private final KafkaClients clients;
  private final double perSecond;
  private final Publishing<Long> publishing;
  private final AtomicLong confirmed = new AtomicLong();
  private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();
  private volatile long allowed;
  private volatile boolean stopped;

  /**
   * Starts at once, and waits for what is allowed: nothing at first.
   *
   * @param ledger takes what is published, before it is
   * @param perSecond payments a second at most; 0 for as fast as it goes
   */
  PaymentPublisher(
      PaymentStream stream,
      PaymentRecords records,
      PaymentLedger ledger,
      KafkaClients clients,
      double perSecond) {
    this.stream = stream;
    this.records = records;
    this.ledger = ledger;
    this.clients = clients;
    this.perSecond = perSecond;
    this.publishing =
        new Publishing<>("counterweight-payments", this::publish, () -> stopped = true);
  }

  /** Payments that the broker has confirmed. */
  long published() {
    return confirmed.get();
  }

  /** Allows so many payments from the beginning. */
  void allow(long payments) {
    allowed = payments;
  }

  /**
   * Whether all is published and confirmed.
   *
   * @throws FailureException if the publishing failed
   */
  boolean finished() throws InterruptedException {
    return publishing.finished();
  }

  /**
   * Ends the stream where it is, once all that was sent is confirmed.
   *
   * @throws FailureException if the publishing failed
   */
  void end() throws InterruptedException {
    publishing.end();
  }

  @Override
  public void close() throws InterruptedException {
    publishing.close();
  }

  private long publish() {
    ReplayPace pace = new ReplayPace(perSecond, () -> stopped);
    try (Producer<byte[], byte[]> producer = clients.producer("payments", Replay.PRODUCER)) {
      long payments = 0;
      while (stream.hasNext() && pace.await(payments) && awaitAllowed(payments)) {
        Occurrence next = stream.next();
        send(producer, next);
        payments += next instanceof Payment ? 1 : 0;
      }
      producer.flush();
      failIfRefused();
      return payments;
    }
  }

  /** False if the publishing was stopped meanwhile. */
  private boolean awaitAllowed(long payments) {
    while (payments >= allowed && !stopped) {
      LockSupport.parkNanos(LOOK_NS);
    }
    return !stopped;
  }

  private void send(Producer<byte[], byte[]> producer, Occurrence next) {
    ledger.add(next);
    if (next instanceof Payment payment) {
      send(producer, PaymentsJobs.PAYMENTS, payment.number(), next, records.value(payment));
    } else if (next instanceof Chargeback chargeback) {
      send(
          producer,
          PaymentsJobs.CHARGEBACKS,
          chargeback.payment(),
          next,
          records.value(chargeback));
    } else if (next instanceof Tombstone tombstone) {
      send(producer, PaymentsJobs.PAYMENTS, tombstone.payment(), next, null);
    } else if (next instanceof Broken broken) {
      send(producer, PaymentsJobs.PAYMENTS, broken.number(), next, records.value(broken));
    }
  }

  private void send(
      Producer<byte[], byte[]> producer,
      String topic,
      long number,
      Occurrence of,
      byte @Nullable [] value) {
    failIfRefused();
    byte[] key = PaymentRecords.key(number);
    // The outcome comes to the callback; waiting for it here would send one record at a time.
    var unused =
        producer.send(
            new ProducerRecord<>(topic, null, of.timeMs(), key, value),
            (metadata, e) -> {
              if (e != null) {
                refused.compareAndSet(null, e);
              } else if (of instanceof Payment) {
                confirmed.incrementAndGet();
              }
            });
  }

  private void failIfRefused() {
    Exception e = refused.get();
    if (e != null) {
      throw new FailureException(
          "topic '%s' took %d payments, then none: %s"
              .formatted(PaymentsJobs.PAYMENTS, confirmed.get(), e.getMessage()),
          e);
    }
  }
}
