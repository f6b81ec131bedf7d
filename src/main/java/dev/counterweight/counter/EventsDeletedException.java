package dev.counterweight.counter;

/**
 * Retention has overtaken a counter that runs: it starts anew, and its tasks find out at their
 * start what was lost.
 */
final class EventsDeletedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EventsDeletedException(String message) {
    super(message);
  }
}
