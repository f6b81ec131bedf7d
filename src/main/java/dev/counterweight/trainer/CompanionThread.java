package dev.counterweight.trainer;

import dev.counterweight.runtime.DaemonThread;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * A thread that works beside its owner's, from when it is first needed until this is closed. What
 * it works on is its own meanwhile, and the owner's again afterwards. For one owner.
 */
final class CompanionThread implements AutoCloseable {
  private final ExecutorService thread;

  CompanionThread(String name) {
    this.thread = Executors.newSingleThreadExecutor(task -> new DaemonThread(task, name));
  }

  /**
   * Does both at once, and is done when both are, however they end; an interrupt does not cut this
   * short. What {@code beside} throws is thrown unless {@code here} throws.
   *
   * @param beside shares nothing that changes with {@code here}
   */
  <T> T run(Runnable beside, Supplier<T> here) {
    CompletableFuture<Void> companion = CompletableFuture.runAsync(beside, thread);
    T result;
    try {
      result = here.get();
    } catch (RuntimeException | Error e) {
      companion.exceptionally(also -> null).join();
      throw e;
    }
    try {
      companion.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
    return result;
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
