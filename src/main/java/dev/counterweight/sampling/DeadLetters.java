package dev.counterweight.sampling;

import dev.counterweight.event.EventRejectedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Rejected events on their way to the dead-letter topic. They wait for the record that covers them:
 * sent earlier, one could be committed while its event is not, and would be sent twice. Not
 * thread-safe.
 *
 * <p>A dead letter has the event's own key and value, and headers, all UTF-8: {@code cw.error} (a
 * sentence), {@code cw.reason} (the rule broken), {@code cw.topic}, {@code cw.partition}, {@code
 * cw.offset}, {@code cw.timestamp}; {@code cw.truncated} names what was cut short, with its length
 * in bytes, where key or value is longer than a record may be.
 */
final class DeadLetters {
  private static final int MOST_KEY_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 8 << 10;
  private static final int MOST_ERROR_CHARACTERS = 1000;

  private final String topic;
  private final int maxBytes;
  private final List<ProducerRecord<byte[], byte[]>> waiting = new ArrayList<>();
  private long waitingBytes;

  /**
   * @param maxBytes most bytes of a dead letter
   */
  DeadLetters(String topic, int maxBytes) {
    this.topic = topic;
    this.maxBytes = maxBytes;
  }

  /** The name of a rule in headers and metric tags. */
  static String reason(EventRejectedException rejected) {
    return reason(rejected.reason());
  }

  /** A reason as headers and meters have it. */
  static String reason(EventRejectedException.Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  /** Takes in an event that was rejected. */
  void add(ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected) {
    int most = Math.max(0, maxBytes - HEADER_BYTES);
    byte[] key = cut(event.key(), Math.min(MOST_KEY_BYTES, most / 2));
    byte[] value = cut(event.value(), most - (key == null ? 0 : key.length));
    ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic, null, key, value);
    put(letter, "cw.error", sentence(rejected));
    put(letter, "cw.reason", reason(rejected));
    put(letter, "cw.topic", event.topic());
    put(letter, "cw.partition", Integer.toString(event.partition()));
    put(letter, "cw.offset", Long.toString(event.offset()));
    put(letter, "cw.timestamp", Long.toString(event.timestamp()));
    List<String> truncated = new ArrayList<>();
    note(truncated, "key", event.key(), key);
    note(truncated, "value", event.value(), value);
    if (!truncated.isEmpty()) {
      put(letter, "cw.truncated", String.join(", ", truncated));
    }
    waiting.add(letter);
    waitingBytes +=
        HEADER_BYTES + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
  }

  /** Whether so many bytes wait that the record that covers them should be cut. */
  boolean full() {
    return waitingBytes >= 4L * maxBytes;
  }

  /** About how many bytes wait. */
  long waitingBytes() {
    return waitingBytes;
  }

  /** Hands out what waits, in order; nothing waits any more. */
  List<ProducerRecord<byte[], byte[]>> drain() {
    List<ProducerRecord<byte[], byte[]>> drained = List.copyOf(waiting);
    clear();
    return drained;
  }

  /** Forgets what waits. */
  void clear() {
    waiting.clear();
    waitingBytes = 0;
  }

  private static String sentence(EventRejectedException rejected) {
    String message = String.valueOf(rejected.getMessage());
    return message.length() <= MOST_ERROR_CHARACTERS
        ? message
        : message.substring(0, MOST_ERROR_CHARACTERS) + "...";
  }

  private static byte @Nullable [] cut(byte @Nullable [] bytes, int most) {
    return bytes == null || bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
  }

  private static void note(
      List<String> truncated, String part, byte @Nullable [] original, byte @Nullable [] kept) {
    if (original != null && kept != null && kept.length < original.length) {
      truncated.add(part + " of " + original.length + " bytes");
    }
  }

  private static void put(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    Headers headers = letter.headers();
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
