package dev.counterweight.simulation;

/** What a process asks of the cluster. */
enum Call {
  POLL(false),
  LOOK(true),
  BEGIN(true),
  SEND(false),
  ACCOUNT(true),
  COMMIT(true),
  ABORT(true),
  FILE(false);

  private final boolean timesOut;

  Call(boolean timesOut) {
    this.timesOut = timesOut;
  }

  /** Whether its caller is told when it is not answered in time. */
  boolean timesOut() {
    return timesOut;
  }
}
