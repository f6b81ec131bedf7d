package dev.counterweight.trainer;

import dev.counterweight.trainer.BatchLog.Batch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way from one thread to another, in order; bounded by number and by bytes. What
 * ends the flow comes in its place: after the last record.
 */
final class BatchQueue implements AutoCloseable {
  private final int mostRecords;
  private final long mostBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Batch> entries = new ArrayDeque<>();
  private long bytes;
  private boolean closed;
  private @Nullable RuntimeException failure;

  /** Holds at least one record, whatever its size. */
  BatchQueue(int mostRecords, long mostBytes) {
    this.mostRecords = mostRecords;
    this.mostBytes = mostBytes;
  }

  /** Waits for room; returns false, the record not taken, once the queue is closed. */
  boolean put(Batch entry) {
    lock.lock();
    try {
      while (!closed && full(entry)) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        return false;
      }
      entries.add(entry);
      bytes += entry.bytes();
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The first record, or null if there is none in time or the thread is interrupted. Throws what
   * {@link #fail} was given once there are no more.
   */
  @Nullable Batch take(Duration timeout) {
    lock.lock();
    try {
      long leftNs = timeout.toNanos();
      while (entries.isEmpty() && failure == null && leftNs > 0) {
        leftNs = changed.awaitNanos(leftNs);
      }
      Batch first = entries.poll();
      if (first != null) {
        bytes -= first.bytes();
        changed.signalAll();
      } else if (failure != null) {
        throw failure;
      }
      return first;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Offset of the record that {@link #take} gives next; null if there is none. */
  @Nullable Long firstOffset() {
    lock.lock();
    try {
      Batch first = entries.peek();
      return first == null ? null : Long.valueOf(first.offset());
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return entries.size();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more is taken in. */
  @Override
  public void close() {
    end(null);
  }

  /** Nothing more is taken in, and why is told after the last record. */
  void fail(RuntimeException why) {
    end(why);
  }

  private void end(@Nullable RuntimeException why) {
    lock.lock();
    try {
      closed = true;
      failure = why;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean full(Batch entry) {
    return !entries.isEmpty()
        && (entries.size() >= mostRecords || bytes + entry.bytes() > mostBytes);
  }
}
