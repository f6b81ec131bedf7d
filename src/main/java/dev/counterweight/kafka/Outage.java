package dev.counterweight.kafka;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * That somebody who is asked does not answer: for how long, when to ask again, and who is told. It
 * is said once, then once a minute, and when it is over. Thread-safe.
 */
public final class Outage {
  private static final Duration FIRST_BACK_OFF = Duration.ofMillis(100);
  private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(2);
  private static final Duration TELL_EVERY = Duration.ofMinutes(1);

  private final Logger log;
  private final String who;
  private final LongSupplier nanos;
  private Duration backOff = FIRST_BACK_OFF;
  private long sinceNs;
  private long toldNs;
  private @Nullable String waiting;

  /**
   * @param log that it is told in
   * @param who is asked, for messages
   * @param nanos such as {@link System#nanoTime}
   */
  public Outage(Logger log, String who, LongSupplier nanos) {
    this.log = log;
    this.who = who;
    this.nanos = nanos;
  }

  /**
   * Takes note that there was no answer.
   *
   * @param what cannot be done while there is none
   * @param why in one line
   * @param askedNs when it was asked for
   * @return after what time to ask again: longer each time
   */
  public synchronized Duration noted(String what, String why, long askedNs) {
    long nowNs = nanos.getAsLong();
    boolean first = waiting == null;
    if (first) {
      // A call waits, a minute for some, before it gives up.
      sinceNs = askedNs;
    }
    if (first || nowNs - toldNs >= TELL_EVERY.toNanos()) {
      toldNs = nowNs;
      log.warn(
          "cannot {}: no answer{}, trying again: {}",
          what,
          seconds() == 0 ? "" : " for " + seconds() + " s",
          why);
    }
    waiting = what;
    Duration wait = backOff;
    backOff =
        wait.multipliedBy(2).compareTo(LONGEST_BACK_OFF) < 0
            ? wait.multipliedBy(2)
            : LONGEST_BACK_OFF;
    return wait;
  }

  /** Takes note of an answer. */
  public synchronized void over() {
    if (waiting != null) {
      log.info("{} answered after {} s: going on", who, seconds());
      waiting = null;
      backOff = FIRST_BACK_OFF;
    }
  }

  /** What is waited for, in words for a status; empty while nothing is. */
  public synchronized Optional<String> waiting() {
    return waiting == null
        ? Optional.empty()
        : Optional.of(
            "%s has not answered for %d s: cannot %s yet".formatted(who, seconds(), waiting));
  }

  /** For how long there has been no answer; nothing while there is one. */
  public synchronized Duration lasted() {
    return waiting == null ? Duration.ZERO : Duration.ofNanos(nanos.getAsLong() - sinceNs);
  }

  private long seconds() {
    return Duration.ofNanos(nanos.getAsLong() - sinceNs).toSeconds();
  }
}
