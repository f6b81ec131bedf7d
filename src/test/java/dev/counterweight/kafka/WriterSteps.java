package dev.counterweight.kafka;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;

/**
 * A {@link TransactionalWriter} without a thread: its work stands in line until {@link #step}, or
 * until who gave it waits. Everything happens in the caller's thread. Not thread-safe.
 */
public final class WriterSteps {
  private final Deque<Runnable> line = new ArrayDeque<>();
  private final TransactionalWriter writer;

  public WriterSteps(
      Supplier<Producer<byte[], byte[]>> producers,
      String role,
      String transactionalId,
      Ticker ticker,
      Retry retry) {
    writer =
        new TransactionalWriter(
            new TransactionalProducer(producers, role, transactionalId, ticker, retry),
            ticker,
            new Line());
  }

  public TransactionalWriter writer() {
    return writer;
  }

  /** Performs the first piece of work in line; false if there is none. */
  public boolean step() {
    Runnable first = line.poll();
    if (first != null) {
      first.run();
    }
    return first != null;
  }

  private final class Line implements WorkLine {
    @Override
    public void put(Runnable work, boolean awaited) {
      line.add(work);
      int most = awaited ? 0 : TransactionalWriter.MAX_WAITING - 1;
      while (line.size() > most) {
        step();
      }
    }

    @Override
    public void clear() {
      line.clear();
    }

    @Override
    public void end() {
      put(() -> {}, true);
    }
  }
}
