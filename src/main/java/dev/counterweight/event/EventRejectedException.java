package dev.counterweight.event;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** An event whose bytes break a rule; the message names the field, the value and the rule. */
public final class EventRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The rule that was broken: a bounded set, fit for a metric's tag. */
  public enum Reason {
    EMPTY("events.topic"),
    MALFORMED("events.format"),
    MISSING_LABEL("events.label"),
    UNKNOWN_LABEL("events.classes"),
    MISSING_KEY("events.key"),
    BAD_TIME("events.time or events.time.unit"),
    BAD_IMPORTANCE("events.importance"),
    MISSING_FEATURE("events.features"),
    BAD_FEATURE("events.features"),
    TOO_LARGE("events.max.bytes or sampler.record.max.bytes"),
    UNKNOWN_SCHEMA("events.schema.registry"),
    /** No event, but the word that a key is no more: passed over. */
    TOMBSTONE("events.envelope"),
    /** An event without a label, where those are passed over. */
    UNLABELLED("events.unlabelled"),
    /** A model's answer to it is no number: what the event holds is far beyond what it learnt. */
    UNSCORABLE("events.features");

    private final String key;

    Reason(String key) {
      this.key = key;
    }

    /** The reasons of events that are passed over and counted, no dead letters. */
    public static List<Reason> passedOver() {
      return Arrays.stream(values()).filter(reason -> !reason.deadLetter()).toList();
    }

    /** As headers, meters and summaries name it. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether such an event becomes a dead letter; if not, it is passed over and counted. */
    public boolean deadLetter() {
      return this != TOMBSTONE && this != UNLABELLED;
    }

    /** The configuration key that says what was expected. */
    public String key() {
      return key;
    }
  }

  private final Reason reason;
  private final transient Supplier<String> message;

  public EventRejectedException(Reason reason, String message) {
    this(reason, () -> message);
  }

  /**
   * @param message worked out when it is asked for: the counter needs the reason alone
   */
  EventRejectedException(Reason reason, Supplier<String> message) {
    // No stack trace: a poisoned partition rejects a hundred thousand of these.
    super(null, null, false, false);
    this.reason = reason;
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message.get();
  }

  public Reason reason() {
    return reason;
  }
}
