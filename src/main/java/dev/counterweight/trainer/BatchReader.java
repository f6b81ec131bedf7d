package dev.counterweight.trainer;

import dev.counterweight.trainer.BatchLog.Batch;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the batch log ahead of training: a thread of its own fetches and decodes records while
 * others are trained on, at most {@value #MAX_RECORDS} records or {@value #MAX_BYTES} bytes of
 * them, but always one. Records come in the log's order, and what goes wrong with one comes in its
 * place. Apart from that thread, used by one.
 */
final class BatchReader implements BatchSource {
  private static final Logger LOG = LoggerFactory.getLogger(BatchReader.class);
  private static final int MAX_RECORDS = 64;
  private static final int MAX_BYTES = 16 << 20;
  private static final Duration TIMEOUT = Duration.ofMillis(100);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final BatchLog log;
  private final BatchQueue queue = new BatchQueue(MAX_RECORDS, MAX_BYTES);
  private final AtomicReference<@Nullable FutureTask<Boolean>> question = new AtomicReference<>();
  private final Thread thread = new Thread(this::read, "counterweight-batches");
  private volatile boolean stopping;
  private volatile long readTo;
  private volatile long ahead;
  private long takenTo;

  /**
   * @param log at the first record to read; this reader's from now on, closed with it
   */
  BatchReader(BatchLog log) {
    this.log = log;
    this.takenTo = log.position();
    publish();
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public @Nullable Batch next(Duration timeout) {
    Batch next = queue.take(timeout);
    if (next != null) {
      takenTo = next.offset() + 1;
    }
    return next;
  }

  @Override
  public long position() {
    // In this order: what the other thread hands over in between must not count as taken.
    long to = readTo;
    Long waiting = queue.firstOffset();
    return waiting == null ? Math.max(takenTo, to) : waiting;
  }

  @Override
  public long lag() {
    return queue.size() + ahead;
  }

  @Override
  public boolean exhausted() {
    if (queue.size() > 0) {
      return false;
    }
    FutureTask<Boolean> asked = new FutureTask<>(log::exhausted);
    question.set(asked);
    try {
      return asked.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS) && queue.size() == 0;
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("whether the batch log is read to its end is not known", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    stopping = true;
    queue.close();
    log.wakeup();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    log.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try {
      while (!stopping) {
        Batch next = log.next(TIMEOUT);
        if (next != null && !queue.put(next)) {
          return;
        }
        publish();
        FutureTask<Boolean> asked = question.getAndSet(null);
        if (asked != null) {
          asked.run();
        }
      }
    } catch (WakeupException e) {
      LOG.debug("reading ends", e);
    } catch (Throwable e) {
      // Whatever it is, training has to hear of it: it would wait for records for ever.
      queue.fail(e instanceof RuntimeException known ? known : new IllegalStateException(e));
    }
  }

  private void publish() {
    ahead = log.lag();
    readTo = log.position();
  }
}
