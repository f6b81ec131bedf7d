package dev.counterweight.kafka;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Writes in transactions on a thread of its own, so that its owner goes on while one is committed.
 * What it is given is written in that order. After a failure nothing more is written until {@link
 * #abort}: no record goes out behind one that did not.
 *
 * <p>One other thread gives it work, and waits where too much of it is in line.
 */
public final class TransactionalWriter implements AutoCloseable {

  /** The open transaction cannot be committed: abort it, and start again from what is committed. */
  public static final class AbortedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public AbortedException(Throwable cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Pieces of work in line; a record each, or a commit. Those of a second or two: a broker that has
   * much to do takes its time over a commit, and its owner goes on meanwhile. Their bytes are
   * bounded by who gives the work, see {@link #full}.
   */
  static final int MAX_WAITING = 512;

  // A transaction ends well within its time at the broker, however large its records are.
  private static final long MAX_OPEN_BYTES = 16 << 20;
  private static final long NOT_OPEN = -1;

  private final TransactionalProducer producer;
  private final Ticker ticker;
  private final WorkLine line;
  private volatile @Nullable RuntimeException failure;

  // Those of the thread that gives the work.
  private long openBytes;
  private long openSinceMs = NOT_OPEN;
  private @Nullable Committing committing;

  /** What is to be done, after a failure too or not, and who waits for it. */
  private record Piece(
      Consumer<TransactionalProducer> action,
      boolean always,
      CompletableFuture<@Nullable Void> done) {}

  /** A commit under way, and what to do once it came to pass. */
  private record Committing(CompletableFuture<@Nullable Void> done, Runnable then) {}

  /**
   * @param producers makes a producer of this transactional id
   * @param role of which another instance may have the same id, for messages
   */
  public TransactionalWriter(
      Supplier<Producer<byte[], byte[]>> producers,
      String role,
      String transactionalId,
      Ticker ticker,
      Retry retry,
      String threadName) {
    this(
        new TransactionalProducer(producers, role, transactionalId, ticker, retry),
        ticker,
        new WorkThread(threadName, MAX_WAITING));
  }

  /** The same with another line than a thread's, where its steps are to be chosen. */
  TransactionalWriter(TransactionalProducer producer, Ticker ticker, WorkLine line) {
    this.producer = producer;
    this.ticker = ticker;
    this.line = line;
  }

  /**
   * Aborts what an earlier owner of the transactional id left open, shuts that owner out, and waits
   * until it is.
   */
  public void start() {
    submit(TransactionalProducer::start);
    await();
  }

  /**
   * Has this written after everything before it, and does not wait for it.
   *
   * @param bytes about what it takes
   * @throws RuntimeException what an earlier piece of work failed with, such as an {@link
   *     AbortedException} if what was written before cannot be committed
   */
  public void write(long bytes, Consumer<TransactionalProducer> work) {
    if (openSinceMs == NOT_OPEN) {
      openSinceMs = ticker.millis();
    }
    openBytes += bytes;
    submit(work);
  }

  /** Whether so much was written since the last commit that it should be committed. */
  public boolean full() {
    return openBytes >= MAX_OPEN_BYTES;
  }

  /**
   * Whether what was written has waited for {@code intervalMs}, and no commit is under way.
   *
   * @throws RuntimeException as {@link #write}
   */
  public boolean due(long nowMs, long intervalMs) {
    check();
    settle();
    return committing == null && openSinceMs != NOT_OPEN && nowMs - openSinceMs >= intervalMs;
  }

  /**
   * Begins to commit what was written, if anything was, once the commit before is through.
   *
   * @param then what to do once it came to pass: done by the thread that calls this, within a later
   *     call
   * @throws RuntimeException as {@link #write}
   */
  public void commit(ConsumerGroupMetadata group, Runnable then) {
    if (committing != null) {
      await();
    }
    if (openSinceMs == NOT_OPEN) {
      return;
    }
    committing = new Committing(submit(producer -> producer.commit(group)), then);
    clearOpen();
  }

  /**
   * Waits until everything it was given is done.
   *
   * @throws RuntimeException as {@link #write}
   */
  public void await() {
    check();
    finish(producer -> {});
    check();
    settle();
  }

  /** Drops what is in line, aborts the transaction, and goes on as if nothing had failed. */
  public void abort() {
    clearOpen();
    line.clear();
    finish(
        producer -> {
          producer.abort();
          failure = null;
        });
    settle();
    committing = null;
  }

  /** Ends the thread, and closes the producer, once what is in line is done. */
  @Override
  public void close() {
    try {
      finish(TransactionalProducer::close);
    } finally {
      end();
    }
  }

  private void end() {
    try {
      line.end();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Takes in that a commit came to pass. */
  private void settle() {
    Committing begun = committing;
    if (begun != null && begun.done().isDone() && !begun.done().isCompletedExceptionally()) {
      committing = null;
      begun.then().run();
    }
  }

  private void clearOpen() {
    openSinceMs = NOT_OPEN;
    openBytes = 0;
  }

  private void check() {
    RuntimeException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  private CompletableFuture<@Nullable Void> submit(Consumer<TransactionalProducer> action) {
    check();
    return put(new Piece(action, false, new CompletableFuture<>()));
  }

  private void finish(Consumer<TransactionalProducer> action) {
    try {
      put(new Piece(action, true, new CompletableFuture<>())).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private CompletableFuture<@Nullable Void> put(Piece piece) {
    try {
      line.put(() -> perform(piece), piece.always());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
    return piece.done();
  }

  private void perform(Piece piece) {
    try {
      if (piece.always() || failure == null) {
        piece.action().accept(producer);
        piece.done().complete(null);
      } else {
        piece.done().cancel(false);
      }
    } catch (Throwable e) {
      RuntimeException thrown =
          e instanceof RuntimeException known ? known : new IllegalStateException(e);
      failure = thrown;
      piece.done().completeExceptionally(thrown);
    }
  }
}
