package dev.counterweight.event;

/** An event whose bytes break a rule; the message names the field, the value and the rule. */
public final class EventRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The rule that was broken: a bounded set, fit for a metric's tag. */
  public enum Reason {
    EMPTY,
    MALFORMED,
    MISSING_LABEL,
    UNKNOWN_LABEL,
    BAD_TIME,
    BAD_IMPORTANCE,
    MISSING_FEATURE,
    BAD_FEATURE,
    TOO_LARGE
  }

  private final Reason reason;

  public EventRejectedException(Reason reason, String message) {
    // No stack trace: a poisoned partition rejects a hundred thousand of these.
    super(message, null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
