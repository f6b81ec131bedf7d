package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.protocol.FailureException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Where a replay's records go, and which of its rows are there. Used by the replaying thread; the
 * broker's words come on the producer's.
 */
final class ReplayOutput {
  private final Replay.Options options;
  private final String bootstrapServers;
  private final Producer<byte[], byte[]> producer;
  private final AtomicLong confirmed = new AtomicLong();
  // Row by row, the line on which it begins; as many as the producer, and who holds labels, holds.
  private final NavigableMap<Long, Long> unconfirmed = new ConcurrentSkipListMap<>();
  private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();

  ReplayOutput(Replay.Options options, String bootstrapServers, Producer<byte[], byte[]> producer) {
    this.options = options;
    this.bootstrapServers = bootstrapServers;
    this.producer = producer;
  }

  /** Events that the broker has confirmed. */
  long confirmed() {
    return confirmed.get();
  }

  /**
   * Sends an event, with its label or before it.
   *
   * @param line of the file on which it begins
   */
  void event(long row, long line, long timestampMs, byte[] value) {
    unconfirmed.put(row, line);
    boolean whole = options.apart() == null;
    send(
        options.topic(),
        row,
        timestampMs,
        value,
        () -> {
          confirmed.incrementAndGet();
          if (whole) {
            unconfirmed.remove(row);
          }
        });
  }

  /** Sends the label of an event that was sent. */
  void label(String topic, long row, long timestampMs, byte[] value) {
    send(topic, row, timestampMs, value, () -> unconfirmed.remove(row));
  }

  private void send(String topic, long row, long timestampMs, byte[] value, Runnable there) {
    failIfRefused();
    byte[] key = Long.toString(row).getBytes(UTF_8);
    try {
      // The outcome comes to the callback; waiting for it here would send one record at a time.
      var unused =
          producer.send(
              new ProducerRecord<>(topic, null, timestampMs, key, value),
              (metadata, e) -> {
                if (e == null) {
                  there.run();
                } else {
                  refused.compareAndSet(null, e);
                }
              });
    } catch (RuntimeException e) {
      throw undelivered(e);
    }
  }

  /** Waits for the broker's word on everything sent. */
  void flush() {
    producer.flush();
    failIfRefused();
  }

  private void failIfRefused() {
    Exception e = refused.get();
    if (e != null) {
      throw undelivered(e);
    }
  }

  private FailureException undelivered(Exception e) {
    return new FailureException(
        "topic '%s' on %s took %d events, then none: %s; all rows before line %d are there%s, so go on with --from-line=%d"
            .formatted(
                options.topic(),
                bootstrapServers,
                confirmed.get(),
                e.getMessage(),
                firstUnconfirmed(),
                options.apart() == null
                    ? ""
                    : " with their labels, and some later ones, which would come twice",
                firstUnconfirmed()),
        e);
  }

  private long firstUnconfirmed() {
    Map.Entry<Long, Long> first = unconfirmed.firstEntry();
    return first == null ? options.fromLine() : first.getValue();
  }
}
