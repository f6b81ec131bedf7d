package dev.counterweight.letters;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.kafka.PollBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Makes the dead letter of a rejected event. It has the event's own key, value and headers, and
 * behind those the {@link LetterHeaders}: what was wrong, by which rule, and where the event
 * stands, in this product's names and in Kafka Connect's; {@code cw.truncated} names what was cut
 * short, with its length in bytes, where key or value is longer than a record may be, and headers
 * left out where they are many or long. Thread-safe.
 */
public final class LetterForm {
  /** What is kept of a key. */
  private static final int MAX_KEY_BYTES = EventsConfig.KEPT_KEY_BYTES;

  /** What a letter says of itself takes no more. */
  public static final int HEADER_BYTES = 8 << 10;

  private static final int MAX_ERROR_CHARACTERS = 1000;

  /** No count is as long: what is left of a longer one is none either. */
  private static final int MAX_COUNT_CHARACTERS = 20;

  private static final int MAX_OWN_HEADERS = 64;
  private static final int MAX_OWN_HEADER_BYTES = 16 << 10;

  private final String topic;
  private final int maxBytes;

  /**
   * @param topic of dead letters
   * @param maxBytes most bytes of one
   */
  public LetterForm(String topic, int maxBytes) {
    this.topic = topic;
    this.maxBytes = maxBytes;
  }

  /**
   * The letter of an event that was rejected.
   *
   * @param counted whether its label, time and importance could be read
   */
  public ProducerRecord<byte[], byte[]> of(
      ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected, boolean counted) {
    long ownBytes = PollBudget.bytes(event.headers());
    int own = fitting(event.headers(), ownBytes) ? (int) ownBytes : 0;
    int most = Math.max(0, maxBytes - HEADER_BYTES - own);
    byte[] key = cut(event.key(), Math.min(MAX_KEY_BYTES, most / 2));
    byte[] value = cut(event.value(), most - (key == null ? 0 : key.length));
    ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic, null, key, value);
    if (own > 0) {
      event.headers().forEach(letter.headers()::add);
    }
    Headers headers = letter.headers();
    describe(headers, event, rejected);
    if (counted) {
      LetterHeaders.put(headers, LetterHeaders.COUNTED, "true");
    }
    if (own < ownBytes) {
      // The one header of its own that an event must not lose: it ends its being replayed.
      LetterHeaders.text(event.headers(), LetterHeaders.REPLAYS)
          .map(count -> count.substring(0, Math.min(count.length(), MAX_COUNT_CHARACTERS)))
          .ifPresent(count -> LetterHeaders.put(headers, LetterHeaders.REPLAYS, count));
    }
    List<String> truncated = new ArrayList<>();
    note(truncated, "key", event.serializedKeySize(), event.key(), key);
    note(truncated, "value", event.serializedValueSize(), event.value(), value);
    if (own < ownBytes) {
      truncated.add("headers of " + ownBytes + " bytes");
    }
    if (!truncated.isEmpty()) {
      LetterHeaders.put(headers, LetterHeaders.TRUNCATED, String.join(", ", truncated));
    }
    return letter;
  }

  private static void describe(
      Headers headers, ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected) {
    String error = sentence(rejected);
    String partition = Integer.toString(event.partition());
    String offset = Long.toString(event.offset());
    LetterHeaders.put(headers, LetterHeaders.ERROR, error);
    LetterHeaders.put(headers, LetterHeaders.REASON, rejected.reason().text());
    LetterHeaders.put(headers, LetterHeaders.TOPIC, event.topic());
    LetterHeaders.put(headers, LetterHeaders.PARTITION, partition);
    LetterHeaders.put(headers, LetterHeaders.OFFSET, offset);
    LetterHeaders.put(headers, LetterHeaders.TIMESTAMP, Long.toString(event.timestamp()));
    LetterHeaders.put(headers, LetterHeaders.CONNECT + "topic", event.topic());
    LetterHeaders.put(headers, LetterHeaders.CONNECT + "partition", partition);
    LetterHeaders.put(headers, LetterHeaders.CONNECT + "offset", offset);
    LetterHeaders.put(headers, LetterHeaders.CONNECT + "stage", "VALUE_CONVERTER");
    LetterHeaders.put(
        headers, LetterHeaders.CONNECT + "exception.class.name", rejected.getClass().getName());
    LetterHeaders.put(headers, LetterHeaders.CONNECT + "exception.message", error);
  }

  /** About what a letter takes in the topic. */
  public static long written(ProducerRecord<byte[], byte[]> letter) {
    long bytes = content(letter);
    for (Header header : letter.headers()) {
      byte[] value = header.value();
      bytes += header.key().length() + (value == null ? 0 : value.length);
    }
    return bytes;
  }

  /** What its key and value take. */
  public static long content(ProducerRecord<byte[], byte[]> letter) {
    byte[] key = letter.key();
    byte[] value = letter.value();
    return (key == null ? 0L : key.length) + (value == null ? 0 : value.length);
  }

  private static boolean fitting(Headers headers, long bytes) {
    int count = 0;
    for (Iterator<Header> all = headers.iterator(); all.hasNext(); all.next()) {
      count++;
    }
    return count <= MAX_OWN_HEADERS && bytes <= MAX_OWN_HEADER_BYTES;
  }

  /** What is wrong with an event, in a length that can be shown. */
  public static String sentence(EventRejectedException rejected) {
    String message = String.valueOf(rejected.getMessage());
    return message.length() <= MAX_ERROR_CHARACTERS
        ? message
        : message.substring(0, MAX_ERROR_CHARACTERS) + "...";
  }

  private static byte @Nullable [] cut(byte @Nullable [] bytes, int most) {
    return bytes == null || bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
  }

  /**
   * @param size of the original; the consumer may have kept less of it
   */
  private static void note(
      List<String> truncated,
      String part,
      int size,
      byte @Nullable [] read,
      byte @Nullable [] kept) {
    int length = read == null ? 0 : Math.max(size, read.length);
    if (kept != null && kept.length < length) {
      truncated.add(part + " of " + length + " bytes");
    }
  }
}
