package dev.counterweight.sampler;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.letters.LetterForm;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Tells how many events were rejected, by reason, with an example of each: in one line, soon after
 * the first of them, then once a minute while there are more, and of all of them at the end. Not
 * thread-safe, but for {@link #all}.
 */
final class Rejections {
  private static final long TELL_EVERY_MS = 60_000;

  private final String deadLetters;
  private final Consumer<String> log;
  private final Map<Reason, String> examples = new EnumMap<>(Reason.class);
  private final Map<Reason, Long> sum = new EnumMap<>(Reason.class);
  private Map<Reason, Long> untold = new EnumMap<>(Reason.class);
  private long events;
  private long omitted;
  private long omittedUntold;
  private long nextMs = Long.MIN_VALUE;
  private volatile SortedMap<String, Long> all = new TreeMap<>();

  /**
   * @param deadLetters the topic that they go to
   * @param log takes a line
   */
  Rejections(String deadLetters, Consumer<String> log) {
    this.deadLetters = deadLetters;
    this.log = log;
  }

  /** An event is rejected, and will be committed as such or rejected again. */
  void add(ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected) {
    examples.computeIfAbsent(
        rejected.reason(),
        reason ->
            "partition %d, offset %d: %s"
                .formatted(event.partition(), event.offset(), LetterForm.sentence(rejected)));
  }

  /** What a transaction accounts for is committed. */
  void committed(Tally tally, long nowMs) {
    events += tally.events;
    omitted += tally.omitted;
    omittedUntold += tally.omitted;
    tally.letters.forEach((reason, count) -> untold.merge(reason, count, Long::sum));
    tally.letters.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
    if (!tally.letters.isEmpty()) {
      SortedMap<String, Long> named = new TreeMap<>();
      sum.forEach((reason, count) -> named.put(reason.text(), count));
      all = named;
    }
    if (!untold.isEmpty() && nowMs >= nextMs) {
      nextMs = nowMs + TELL_EVERY_MS;
      log.accept(line("events were rejected", untold, omittedUntold));
      untold = new EnumMap<>(Reason.class);
      omittedUntold = 0;
    }
  }

  /** The end of the run. */
  void end() {
    if (!sum.isEmpty()) {
      log.accept(line("of %,d events were rejected in all", sum, omitted));
    }
  }

  /** Events rejected so far, by the reason's name in headers and meters. */
  Map<String, Long> all() {
    return all;
  }

  private String line(String what, Map<Reason, Long> counts, long unwritten) {
    StringJoiner reasons = new StringJoiner("; ");
    counts.forEach(
        (reason, count) -> {
          String example = examples.get(reason);
          reasons.add(
              format("%,d %s", count, reason.text())
                  + (example == null ? "" : " (" + example + ")"));
        });
    return format("%,d " + what, counts.values().stream().mapToLong(n -> n).sum(), events)
        + ", see topic '"
        + deadLetters
        + "': "
        + reasons
        + (unwritten == 0
            ? ""
            : format("; %,d of them not written (dead.letters.max.rate)", unwritten));
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
