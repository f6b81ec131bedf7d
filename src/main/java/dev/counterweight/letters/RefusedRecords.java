package dev.counterweight.letters;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dead letters of this process's tasks: what they may write of them, and what is told of those
 * refused, once a minute at most. Thread-safe.
 */
public final class RefusedRecords {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedRecords.class);
  private static final long TELL_EVERY_MS = 60_000;

  private final String topic;
  private final LetterForm form;
  private final ByteRate rate;
  private final InstantSource clock;
  private final Map<Reason, Long> untold = new EnumMap<>(Reason.class);
  private final Map<Reason, String> examples = new EnumMap<>(Reason.class);
  private long omitted;
  private long toldMs = Long.MIN_VALUE;

  /**
   * @param topic of dead letters
   * @param maxBytes most bytes of one
   * @param rate at which they may go out, all tasks together
   */
  public RefusedRecords(String topic, int maxBytes, ByteRate rate, InstantSource clock) {
    this.topic = topic;
    this.form = new LetterForm(topic, maxBytes);
    this.rate = rate;
    this.clock = clock;
  }

  /** The letter of a record that is refused; empty where no more may go out now. */
  public synchronized Optional<ProducerRecord<byte[], byte[]>> letter(
      ConsumerRecord<byte[], byte[]> record, EventRejectedException rejected) {
    long nowMs = clock.millis();
    note(record, rejected, nowMs);
    ProducerRecord<byte[], byte[]> letter = form.of(record, rejected, false);
    if (!rate.take(LetterForm.written(letter), nowMs)) {
      omitted++;
      return Optional.empty();
    }
    if (omitted > 0) {
      LetterHeaders.put(letter.headers(), LetterHeaders.OMITTED, Long.toString(omitted));
      omitted = 0;
    }
    return Optional.of(letter);
  }

  private void note(
      ConsumerRecord<byte[], byte[]> record, EventRejectedException rejected, long nowMs) {
    untold.merge(rejected.reason(), 1L, Long::sum);
    examples.computeIfAbsent(
        rejected.reason(),
        reason ->
            "topic '%s', partition %d, offset %d: %s"
                .formatted(
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    LetterForm.sentence(rejected)));
    // A clock that was set back tells at once.
    if (toldMs == Long.MIN_VALUE || nowMs < toldMs || nowMs - toldMs >= TELL_EVERY_MS) {
      tell();
      toldMs = nowMs;
    }
  }

  /** Tells of what was not told yet. */
  public synchronized void tell() {
    if (untold.isEmpty()) {
      return;
    }
    StringJoiner reasons = new StringJoiner("; ");
    untold.forEach(
        (reason, count) ->
            reasons.add(
                String.format(
                    Locale.ROOT, "%,d %s (%s)", count, reason.text(), examples.get(reason))));
    LOG.warn("records were refused, see topic '{}': {}", topic, reasons);
    untold.clear();
    examples.clear();
  }
}
