package dev.counterweight.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Turns SIGTERM and SIGINT into a drain: the roles finish the work in hand, the command ends and
 * says what it has to say, and the process exits with the command's own code, 0 where all went
 * well. Past a minute it exits 1 with what was not finished.
 */
final class Termination implements AutoCloseable {
  private static final long DRAIN_TIMEOUT_S = 60;

  /** The code of the one command that a process runs. */
  private static final CompletableFuture<Integer> EXIT_CODE = new CompletableFuture<>();

  private final Thread hook;

  private Termination(Runnable drain) {
    this.hook =
        new Thread(
            () -> {
              drain.run();
              // The JVM would exit with the signal's own code.
              Runtime.getRuntime().halt(awaitExitCode());
            },
            "counterweight-drain");
  }

  /**
   * Calls {@code drain} at the signal, from a thread of its own. The process must be ended by
   * {@link #exit}.
   */
  static Termination calls(Runnable drain) {
    Termination termination = new Termination(drain);
    Runtime.getRuntime().addShutdownHook(termination.hook);
    return termination;
  }

  /** Ends the process, also where a signal has begun to end it and waits for the command. */
  static void exit(int code) {
    EXIT_CODE.complete(code);
    System.exit(code);
  }

  /** The signal ends the process at once from now on, unless it came before. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook is what brought us here, and waits for the exit code.
      return;
    }
  }

  private static int awaitExitCode() {
    try {
      return EXIT_CODE.get(DRAIN_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      return Main.FAILED;
    }
  }
}
