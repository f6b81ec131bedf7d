package dev.counterweight.counter;

import dev.counterweight.kafka.OpenTransactions.Held;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what producers' open transactions hold back of the events topic: while the counter runs, of
 * one that stands long, and of what a run to the end could not wait for. For one thread, but for
 * {@link #leftOut}.
 */
final class HeldEvents {
  private static final Logger LOG = LoggerFactory.getLogger(HeldEvents.class);

  /** Kafka's own producers end a transaction within this unless told otherwise. */
  static final Duration LONG = Duration.ofMinutes(1);

  private final String topic;
  private volatile Held leftOut = Held.NOTHING;
  private long toldSinceMs;

  HeldEvents(String topic) {
    this.topic = topic;
  }

  /**
   * What a run that ends at {@code ends} leaves out.
   *
   * @param high {partition: end, open transactions included}, looked up before {@code ends}
   */
  void runsTo(SortedMap<Integer, Long> ends, SortedMap<Integer, Long> high, long nowMs) {
    SortedMap<Integer, Long> from = new TreeMap<>();
    long offsets = 0;
    for (var end : ends.entrySet()) {
      long behind = high.getOrDefault(end.getKey(), 0L) - end.getValue();
      if (behind > 0) {
        from.put(end.getKey(), end.getValue());
        offsets += behind;
      }
    }
    if (offsets > 0) {
      leftOut = new Held(from, offsets, nowMs);
      LOG.warn(
          "topic '{}': {} offsets are behind a producer's open transaction ({}): this run ends"
              + " before them",
          topic,
          offsets,
          leftOut.where());
    }
  }

  /** Offsets that a run to the end does not wait for; from any thread. */
  long leftOut() {
    return leftOut.offsets();
  }

  /** Says at the end of a run what it did not wait for. */
  String done(String counted) {
    if (leftOut.offsets() == 0) {
      return counted;
    }
    LOG.warn(
        "topic '{}': not counted are {} offsets that were behind a producer's open transaction when"
            + " this run began ({}): run again once it has ended",
        topic,
        leftOut.offsets(),
        leftOut.where());
    return "%s; %d offsets behind an open transaction were not waited for"
        .formatted(counted, leftOut.offsets());
  }

  /** Warns once of a transaction that stands long, and says when it has ended. */
  void now(Held held, long nowMs) {
    if (held.forMs(nowMs) >= LONG.toMillis() && held.sinceMs() != toldSinceMs) {
      toldSinceMs = held.sinceMs();
      LOG.warn(
          "topic '{}': {} offsets have been behind a producer's open transaction for {} s ({}):"
              + " nobody gets them until it ends; kafka-transactions.sh describe-producers --topic"
              + " {} --partition {} names the producer",
          topic,
          held.offsets(),
          held.forMs(nowMs) / 1000,
          held.where(),
          topic,
          held.from().firstKey());
    } else if (held.offsets() == 0 && toldSinceMs != 0) {
      toldSinceMs = 0;
      LOG.info("topic '{}': the open transaction has ended", topic);
    }
  }
}
