package dev.counterweight.inference;

import dev.counterweight.runtime.DaemonThread;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where requests are worked on: what is done at once by the thread that read it, and what is left
 * to threads that do long work alone. Thread-safe.
 */
final class Desk implements AutoCloseable {
  /**
   * A body that is no longer is worked on at once: it is done before another thread would begin.
   */
  private static final int QUICK_BYTES = 4 << 10;

  /** Rows that are scored at once: a short body may hold many more. */
  static final int QUICK_ROWS = 64;

  private static final int WAITING = 64;
  private static final long LOOK_MS = 100;

  private final Answers answers;
  private final InferenceMeters meters;
  private final Limits limits;
  private final HeldBytes held;
  private final ThreadPoolExecutor workers;

  Desk(Answers answers, InferenceMeters meters, Limits limits) {
    this.answers = answers;
    this.meters = meters;
    this.limits = limits;
    this.held = new HeldBytes(limits.heldBytes());
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    this.workers =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> new DaemonThread(task, "counterweight-scores-worker"));
  }

  Answers answers() {
    return answers;
  }

  InferenceMeters meters() {
    return meters;
  }

  Limits limits() {
    return limits;
  }

  Body body() {
    return new Body(limits.requestBytes(), held);
  }

  /** Memory of bodies and answers. */
  HeldBytes held() {
    return held;
  }

  Deadline deadline() {
    return Deadline.in(limits.requestTime().toNanos());
  }

  /**
   * Whether a body is so short that no other connection waits for it noticeably; by a model in
   * plain Java.
   */
  boolean isQuick(int bytes) {
    return bytes <= QUICK_BYTES;
  }

  /**
   * Has a longer one worked on by another thread.
   *
   * @throws RejectedExecutionException if too many wait already
   */
  void execute(Runnable work) {
    workers.execute(work);
  }

  /** Ends the work, and waits for it: it reads models, whose memory may be given back after. */
  @Override
  public void close() {
    workers.shutdownNow();
    Deadline deadline = deadline();
    boolean interrupted = false;
    while (!workers.isTerminated() && !deadline.isPast()) {
      try {
        workers.awaitTermination(LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // and still no model may go before who reads it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
