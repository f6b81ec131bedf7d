package dev.counterweight.joining;

/**
 * An event in the store: it waits, or it was written with a class. Mutable; lives as long as a row
 * is being worked on.
 */
final class KeptEvent {
  /** The class of an event that waits. */
  static final int WAITS = -1;

  private static final byte[] NO_BODY = {};

  HeldEvent event;

  /** Class in force, or {@link #WAITS}. */
  int label = WAITS;

  /** Time of the label in force; of no meaning where {@link #missing}. */
  long labelMs;

  /** Whether it was written because no label came. */
  boolean missing;

  /** Whether its body was let go, as nothing was to be corrected. */
  boolean bodiless;

  KeptEvent(HeldEvent event) {
    this.event = event;
  }

  /** Nothing is made of it again. */
  void letGoOfBody() {
    event = new HeldEvent(event.origin(), event.timeMs(), NO_BODY);
    bodiless = true;
  }

  boolean waits() {
    return label == WAITS;
  }

  long timeMs() {
    return event.timeMs();
  }

  /** Of two, the later by time and origin. */
  static boolean later(HeldEvent a, HeldEvent b) {
    if (a.timeMs() != b.timeMs()) {
      return a.timeMs() > b.timeMs();
    }
    return a.origin().partition() != b.origin().partition()
        ? a.origin().partition() > b.origin().partition()
        : a.origin().offset() > b.origin().offset();
  }
}
