package dev.counterweight.live;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.Shown;
import dev.counterweight.letters.DeadLetter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters by the rule that was broken, each with its newest as an example: which field, by
 * which key of the configuration, and where the event stands. What the event held is not told, for
 * whoever reaches the page may read it: of the sentence that a letter bears, a field's name is
 * taken, and only one that the configuration has. Not thread-safe.
 */
final class LetterReasons {
  /** More than there are rules: names beyond come from others that write to the topic. */
  private static final int MOST = 24;

  private static final Map<String, String> KEYS =
      Stream.of(Reason.values()).collect(Collectors.toMap(Reason::text, Reason::key));

  private final List<String> fields;
  private final Map<String, Newest> reasons = new TreeMap<>();

  private record Newest(DeadLetter letter, long count) {}

  /**
   * The letters of a reason.
   *
   * @param count of those that were read
   * @param field that the newest is about, where it names one
   * @param key of the configuration that says what was expected; empty of an unknown reason
   * @param from where the newest's event stands; empty where it does not say
   */
  record OfReason(
      String reason, long count, @Nullable String field, String key, String from, long newestMs) {}

  /**
   * @param fields names that an example may tell
   */
  LetterReasons(Set<String> fields) {
    // The longer first: a name may be the beginning of another.
    this.fields =
        fields.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
  }

  /** One more letter. */
  void take(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetter.of(record);
    String reason = words(letter);
    Newest before = reasons.get(reason);
    if (before != null || reasons.size() < MOST) {
      reasons.put(reason, new Newest(letter, 1 + (before == null ? 0 : before.count())));
    }
  }

  /** The most frequent first. */
  List<OfReason> all() {
    return reasons.values().stream()
        .map(newest -> told(newest.letter(), newest.count()))
        .sorted(Comparator.comparingLong((OfReason one) -> -one.count()))
        .toList();
  }

  /** The rule that a letter names, such as "bad feature". */
  static String words(DeadLetter letter) {
    return letter.reason().equals(DeadLetter.NO_REASON)
        ? "no reason given"
        : letter.reason().replace('_', ' ').toLowerCase(Locale.ROOT);
  }

  private OfReason told(DeadLetter letter, long count) {
    return new OfReason(
        words(letter),
        count,
        field(letter.error()),
        KEYS.getOrDefault(letter.reason(), ""),
        from(letter.origin()),
        letter.record().timestamp());
  }

  private @Nullable String field(String sentence) {
    return fields.stream()
        .filter(name -> sentence.contains("'" + name + "'"))
        .findFirst()
        .orElse(null);
  }

  private static String from(DeadLetter.@Nullable Origin origin) {
    return origin == null
        ? ""
        : "%s, partition %d, offset %d"
            .formatted(Shown.text(origin.topic()), origin.partition(), origin.offset());
  }
}
