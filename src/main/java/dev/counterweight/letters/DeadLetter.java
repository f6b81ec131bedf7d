package dev.counterweight.letters;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.Shown;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A record of the dead-letter topic, as it is read. Anybody may have written to the topic: what is
 * no letter of a role's has no origin.
 *
 * @param record as it stands in the topic; its timestamp is when the event was refused
 * @param reason the rule broken, as in metrics
 * @param error the sentence that says what is wrong
 * @param origin where the event stands; null if the record does not say
 * @param replays how often the event had been published again before it was refused
 * @param truncated what of the event is not whole; null if it is
 */
public record DeadLetter(
    ConsumerRecord<byte[], byte[]> record,
    String reason,
    String error,
    @Nullable Origin origin,
    int replays,
    @Nullable String truncated) {

  /** As often as this an event is published again, unless more is asked for. */
  public static final int MAX_REPLAYS = 3;

  /** The reason of a record that names none. */
  public static final String NO_REASON = "none";

  /** Of events whose label, time and importance could be read, which letters of old do not say. */
  private static final Set<String> COUNTED =
      Set.of(Reason.MISSING_FEATURE.text(), Reason.BAD_FEATURE.text());

  private static final Pattern REASON = Pattern.compile("[a-z_]{1,40}");

  /**
   * Where an event stands.
   *
   * @param timestampMs of its record; -1 if it has none
   */
  public record Origin(String topic, int partition, long offset, long timestampMs) {}

  /** What becomes of a letter that is to be published again. */
  public enum Fate {
    /** It may be. */
    FIT("fit to be published again"),
    /** It was, as often as it may be. */
    SPENT("replayed %d times or more".formatted(MAX_REPLAYS)),
    /** The topic has not all of the event's bytes. */
    TRUNCATED("truncated: not all bytes of the event are there"),
    /** Published again it would be trained on twice, or without having been refused. */
    UNSCORED("of the scorer: the other roles of the job have their own, of what they refuse"),
    /** It is of none of the topics that this job's roles refuse records of. */
    FOREIGN("not of events of this job");

    private final String meaning;

    Fate(String meaning) {
      this.meaning = meaning;
    }

    /** In words. */
    @Override
    public String toString() {
      return meaning;
    }
  }

  /** Reads a record, whatever it is. */
  public static DeadLetter of(ConsumerRecord<byte[], byte[]> record) {
    Headers headers = record.headers();
    String reason =
        LetterHeaders.text(headers, LetterHeaders.REASON)
            .filter(text -> REASON.matcher(text).matches())
            .orElse(NO_REASON);
    return new DeadLetter(
        record,
        reason,
        LetterHeaders.text(headers, LetterHeaders.ERROR).map(Shown::text).orElse("no letter"),
        reason.equals(NO_REASON) ? null : origin(headers),
        LetterHeaders.text(headers, LetterHeaders.REPLAYS).map(DeadLetter::count).orElse(0),
        LetterHeaders.ofLetter(headers, LetterHeaders.TRUNCATED).map(Shown::text).orElse(null));
  }

  /** The headers that the event came with. */
  public List<Header> ownHeaders() {
    return LetterHeaders.ofEvent(record.headers());
  }

  /**
   * What would become of it.
   *
   * @param topics that the job's letters are of
   */
  public Fate fate(Set<String> topics) {
    if (origin == null || !topics.contains(origin.topic())) {
      return Fate.FOREIGN;
    }
    if (record.headers().lastHeader(LetterHeaders.UNSCORED) != null) {
      return Fate.UNSCORED;
    }
    if (truncated != null) {
      return Fate.TRUNCATED;
    }
    return replays >= MAX_REPLAYS ? Fate.SPENT : Fate.FIT;
  }

  /**
   * The event as it was, bytes, key, headers and time, for the topic and partition that it came
   * from: where its producer puts events of its key, by whichever rule. One replay more stands in
   * its headers, and whether it was counted already.
   *
   * @param partitions {topic: how many it has}
   * @throws IllegalStateException if the letter is of none of these topics
   */
  ProducerRecord<byte[], byte[]> event(Map<String, Integer> partitions) {
    Integer there = origin == null ? null : partitions.get(origin.topic());
    if (origin == null || there == null) {
      throw new IllegalStateException("no letter of a role's");
    }
    Headers headers = new RecordHeaders();
    ownHeaders().stream()
        .filter(header -> !header.key().equals(LetterHeaders.REPLAYS))
        .forEach(headers::add);
    LetterHeaders.put(headers, LetterHeaders.REPLAYS, Integer.toString(replays + 1));
    boolean counted =
        COUNTED.contains(reason) || record.headers().lastHeader(LetterHeaders.COUNTED) != null;
    if (counted && headers.lastHeader(LetterHeaders.COUNTED) == null) {
      LetterHeaders.put(headers, LetterHeaders.COUNTED, "true");
    }
    return new ProducerRecord<>(
        origin.topic(),
        origin.partition() < there ? origin.partition() : null,
        origin.timestampMs() < 0 ? null : origin.timestampMs(),
        record.key(),
        record.value(),
        headers);
  }

  private static @Nullable Origin origin(Headers headers) {
    try {
      return new Origin(
          required(headers, LetterHeaders.TOPIC),
          Integer.parseUnsignedInt(required(headers, LetterHeaders.PARTITION)),
          Long.parseUnsignedLong(required(headers, LetterHeaders.OFFSET)),
          Long.parseLong(required(headers, LetterHeaders.TIMESTAMP)));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static String required(Headers headers, String name) {
    Optional<String> text = LetterHeaders.text(headers, name);
    return text.orElseThrow(NumberFormatException::new);
  }

  /** One that cannot be read may be any: it is taken for the most. */
  private static int count(String replays) {
    try {
      return Math.min(Integer.parseUnsignedInt(replays), Integer.MAX_VALUE - 1);
    } catch (NumberFormatException e) {
      return MAX_REPLAYS;
    }
  }
}
