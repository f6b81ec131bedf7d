package dev.counterweight.cli;

import dev.counterweight.runtime.RoleRunner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and SIGINT into a drain: the roles finish the work in hand, the command ends as it
 * does by itself, and the process exits 0. Past a minute it exits 1 with what was not finished.
 */
final class Termination implements AutoCloseable {
  private static final long DRAIN_TIMEOUT_S = 60;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  private Termination(Runnable drain) {
    this.hook =
        new Thread(
            () -> {
              drain.run();
              // The JVM would exit with the signal's own code: halting after the drain makes it 0.
              Runtime.getRuntime().halt(awaitFinish() ? 0 : Main.FAILED);
            },
            "counterweight-drain");
  }

  static Termination drains(RoleRunner runner) {
    return calls(runner::drain);
  }

  /** Calls {@code drain} at the signal, from a thread of its own. */
  static Termination calls(Runnable drain) {
    Termination termination = new Termination(drain);
    Runtime.getRuntime().addShutdownHook(termination.hook);
    return termination;
  }

  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook is what brought us here, and is waiting for the latch above.
      return;
    }
  }

  private boolean awaitFinish() {
    try {
      return finished.await(DRAIN_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
