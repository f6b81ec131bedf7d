package dev.counterweight.cli;

import dev.counterweight.runtime.DaemonThread;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a run's progress until closed. On a terminal it is one line that renews itself; elsewhere
 * it is a line in the log now and then. Owns its thread.
 */
final class RunDisplay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunDisplay.class);
  private static final Duration RENEW = Duration.ofMillis(500);
  private static final Duration LOG_EVERY = Duration.ofSeconds(30);

  /** Clears the rest of the line and goes back to its start, where the next log line begins. */
  private static final String LINE_END = "\u001b[K\r";

  private final RunProgress progress;
  private final PrintStream out;
  private final boolean terminal;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new DaemonThread(this::show, "counterweight-progress");

  private RunDisplay(RunProgress progress, PrintStream out, boolean terminal) {
    this.progress = progress;
    this.out = out;
    this.terminal = terminal;
  }

  /**
   * Starts to show.
   *
   * @param quiet whether progress is not shown at all
   */
  static RunDisplay start(RunProgress progress, PrintStream out, boolean quiet, boolean terminal) {
    RunDisplay display = new RunDisplay(progress, out, terminal);
    if (!quiet) {
      display.thread.start();
    }
    return display;
  }

  @Override
  public void close() throws InterruptedException {
    closed.countDown();
    thread.join();
  }

  private void show() {
    long loggedNs = System.nanoTime();
    try {
      while (!closed.await(RENEW.toMillis(), TimeUnit.MILLISECONDS)) {
        long nowNs = System.nanoTime();
        String line = progress.line(nowNs);
        if (terminal) {
          out.print(line + LINE_END);
          out.flush();
        } else if (nowNs - loggedNs >= LOG_EVERY.toNanos()) {
          loggedNs = nowNs;
          LOG.info("{}", line);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    LOG.info("{}", progress.line(System.nanoTime()));
  }
}
