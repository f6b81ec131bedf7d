package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Records on their way from one thread to another, in order; bounded by number and by bytes. */
final class BatchQueue implements AutoCloseable {

  /**
   * A record, or why there is none.
   *
   * @param offset its place in the log, or the place that could not be read on from
   * @param bytes its size as it was read
   */
  record Entry(
      long offset, @Nullable MiniBatch batch, int bytes, @Nullable RuntimeException failure) {
    static Entry of(long offset, MiniBatch batch, int bytes) {
      return new Entry(offset, batch, bytes, null);
    }

    static Entry failed(long offset, RuntimeException failure) {
      return new Entry(offset, null, 0, failure);
    }

    MiniBatch decoded() {
      return Objects.requireNonNull(batch, "a failure has no batch");
    }
  }

  private final int mostRecords;
  private final long mostBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Entry> entries = new ArrayDeque<>();
  private long bytes;
  private boolean closed;

  /** Holds at least one record, whatever its size. */
  BatchQueue(int mostRecords, long mostBytes) {
    this.mostRecords = mostRecords;
    this.mostBytes = mostBytes;
  }

  /** Waits for room; returns false, the entry not taken, once the queue is closed. */
  boolean put(Entry entry) {
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

  /** The first entry, or null if there is none in time or the thread is interrupted. */
  @Nullable Entry take(Duration timeout) {
    lock.lock();
    try {
      long leftNs = timeout.toNanos();
      while (entries.isEmpty() && leftNs > 0) {
        leftNs = changed.awaitNanos(leftNs);
      }
      Entry entry = entries.poll();
      if (entry != null) {
        bytes -= entry.bytes();
        changed.signalAll();
      }
      return entry;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Offset of the entry that {@link #take} gives next; null if there is none. */
  @Nullable Long firstOffset() {
    lock.lock();
    try {
      Entry first = entries.peek();
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
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean full(Entry entry) {
    return !entries.isEmpty()
        && (entries.size() >= mostRecords || bytes + entry.bytes() > mostBytes);
  }
}
