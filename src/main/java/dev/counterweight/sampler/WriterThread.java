package dev.counterweight.sampler;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The thread that owns the writer, so that events are used while a transaction is committed. It
 * does what it is given in order. After a failure it does nothing more until {@link #abort}: no
 * record goes out behind one that did not.
 *
 * <p>One other thread gives it work, and waits where too much of it is in line.
 */
final class WriterThread implements AutoCloseable {
  /**
   * Pieces of work in line; a record each, or a commit. Those of a second or two: a broker that has
   * much to do takes its time over a commit, and events are used meanwhile. Their bytes are bounded
   * by who gives the work.
   */
  static final int MAX_WAITING = 512;

  private final BlockingQueue<Piece> line = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread thread;
  private volatile @Nullable RuntimeException failure;
  private boolean closed; // the thread's own

  /** What is to be done, after a failure too or not, and who waits for it. */
  private record Piece(
      Consumer<BatchWriter> action, boolean always, CompletableFuture<@Nullable Void> done) {}

  /**
   * @param writer used and closed by the new thread alone
   */
  WriterThread(BatchWriter writer, String name) {
    thread = new Thread(() -> work(writer), name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Has this done after everything before it, and does not wait for it.
   *
   * @throws RuntimeException what an earlier piece of work failed with
   */
  void submit(Consumer<BatchWriter> action) {
    check();
    put(new Piece(action, false, new CompletableFuture<>()));
  }

  /**
   * Fails if a piece of work has failed.
   *
   * @throws RuntimeException what it failed with
   */
  void check() {
    RuntimeException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  /**
   * Has this done after everything before it, and waits until it is.
   *
   * @throws RuntimeException what it, or an earlier piece of work, failed with
   */
  void run(Consumer<BatchWriter> action) {
    submit(action);
    finish(writer -> {});
    check();
  }

  /** Drops what is in line, aborts the transaction, and goes on as if nothing had failed. */
  void abort() {
    line.clear();
    finish(
        writer -> {
          writer.abort();
          failure = null;
        });
  }

  /** Ends the thread, and closes the writer, once what is in line is done. */
  @Override
  public void close() {
    finish(
        writer -> {
          closed = true;
          writer.close();
        });
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private void work(BatchWriter writer) {
    while (!closed) {
      try {
        perform(line.take(), writer);
      } catch (InterruptedException e) {
        failure = new InterruptException(e);
      }
    }
  }

  private void perform(Piece piece, BatchWriter writer) {
    try {
      if (piece.always() || failure == null) {
        piece.action().accept(writer);
      }
      piece.done().complete(null);
    } catch (Throwable e) {
      RuntimeException thrown =
          e instanceof RuntimeException known ? known : new IllegalStateException(e);
      failure = thrown;
      piece.done().completeExceptionally(thrown);
    }
  }

  private void finish(Consumer<BatchWriter> action) {
    Piece piece = new Piece(action, true, new CompletableFuture<>());
    put(piece);
    try {
      piece.done().get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private void put(Piece piece) {
    try {
      line.put(piece);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
