package dev.counterweight.simulation;

/** Ends a process that is killed: nothing that it calls answers any more. */
final class KilledError extends Error {
  private static final long serialVersionUID = 1L;

  KilledError() {
    super("killed", null, false, false);
  }
}
