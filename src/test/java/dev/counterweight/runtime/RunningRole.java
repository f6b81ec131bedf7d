package dev.counterweight.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A role that runs; closing it drains it and throws what it threw, unless that was seen. */
public final class RunningRole implements AutoCloseable {
  private static final Duration ENDING = Duration.ofSeconds(90);

  private final RoleRunner runner;
  private boolean ended;

  public RunningRole(Role role) {
    runner = new RoleRunner(List.of(role));
    runner.start();
  }

  /** Runs a role to its end; what it did, or throws what it threw. */
  public static Map<String, Object> toEnd(Role role) throws Exception {
    RunningRole running = new RunningRole(role);
    running.awaitEnd();
    return running.summary();
  }

  public List<RoleView> roles() {
    return runner.roles();
  }

  public Role.Status status() {
    return runner.roles().get(0).status();
  }

  public Map<String, Object> summary() {
    return runner.summary();
  }

  public void drain() {
    runner.drain();
  }

  public boolean isDone() {
    return hasEndedWithin(Duration.ZERO);
  }

  /** Whether it ends within a time. */
  public boolean hasEndedWithin(Duration time) {
    try {
      return runner.await(time.toMillis());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the run has ended by itself and throws what it threw. */
  public void awaitEnd() throws Exception {
    ended = true;
    if (!hasEndedWithin(ENDING)) {
      throw new AssertionError("still " + status());
    }
    Throwable failure = runner.failure();
    if (failure instanceof Exception e) {
      throw e;
    }
    if (failure != null) {
      throw new AssertionError(failure);
    }
  }

  @Override
  public void close() throws Exception {
    drain();
    if (!ended) {
      awaitEnd();
    }
  }
}
