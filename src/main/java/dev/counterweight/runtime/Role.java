package dev.counterweight.runtime;

import java.util.Map;

/**
 * One of counter, sampler and trainer. A role owns the thread that calls {@link #run}; every other
 * method may be called from any thread.
 *
 * <p>Lifecycle: {@code run} once, until the work is done, {@link #drain} is called, or it throws;
 * then {@link #close}, once, by the thread that ran it. What the role took is closed in reverse
 * order.
 */
public interface Role extends AutoCloseable {

  /** Where a role is in its life. */
  enum State {
    STARTING,
    /** Waits for another role or for the lead; healthy, but does no work yet. */
    WAITING,
    RUNNING,
    DRAINING,
    DONE,
    FAILED
  }

  /** counter, sampler or trainer. */
  String name();

  /** Works until done or drained; on return everything handled is committed. */
  void run() throws Exception;

  /** Asks {@link #run} to finish the work in hand, commit it and return. */
  void drain();

  /** Where the role is, and in words what it does or waits for. */
  Status status();

  /** What this role did, by the keys of the summary that are its own. */
  Map<String, Object> summary();

  @Override
  void close();

  /**
   * A role's state.
   *
   * @param detail one line for a person, such as "waiting for the counter"
   */
  record Status(State state, String detail) {}
}
