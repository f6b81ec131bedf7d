package dev.counterweight.demo;

import dev.counterweight.protocol.FailureException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Something that is published on a thread of its own. The methods are for one other thread.
 *
 * @param <T> what is known of it at its end
 */
final class Publishing<T> implements AutoCloseable {
  private final Runnable stop;
  private final FutureTask<T> task;
  private final Thread thread;

  /**
   * Starts at once.
   *
   * @param stop makes the work end soon, after what was sent is confirmed
   */
  Publishing(String thread, Callable<T> work, Runnable stop) {
    this.stop = stop;
    this.task = new FutureTask<>(work);
    this.thread = new Thread(task, thread);
    this.thread.start();
  }

  /**
   * Whether all is published and confirmed.
   *
   * @throws FailureException if the publishing failed
   */
  boolean finished() throws InterruptedException {
    if (!task.isDone()) {
      return false;
    }
    result();
    return true;
  }

  /**
   * Ends it where it is, once all that was sent is confirmed.
   *
   * @throws FailureException if the publishing failed
   */
  T end() throws InterruptedException {
    stop.run();
    return result();
  }

  private T result() throws InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new FailureException("publishing failed: " + e.getCause(), e.getCause());
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop.run();
    thread.join();
  }
}
