package dev.counterweight.kafka;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What was polled of one partition and not yet taken: runs of offsets of which every committed
 * record is here, with gaps between them. Not thread-safe.
 */
final class SharedPartition {
  private static final long UNKNOWN = -1;

  private final Consumer<byte[]> putBack;
  private final Deque<Run> runs = new ArrayDeque<>();
  private long wanted; // what stands before is of no use
  private long given = UNKNOWN; // what the giver polls next
  private long logEnd = UNKNOWN;
  private long bytes;

  private static final class Run {
    final long begin;
    final Deque<FetchedChunk> chunks = new ArrayDeque<>();
    long end;

    Run(long begin) {
      this.begin = begin;
      this.end = begin;
    }
  }

  /**
   * @param putBack takes an array that is of no more use
   */
  SharedPartition(Consumer<byte[]> putBack) {
    this.putBack = putBack;
  }

  /** Bytes of the arrays here. */
  long bytes() {
    return bytes;
  }

  /** Where the log was seen to end last. */
  OptionalLong logEnd() {
    return logEnd == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(logEnd);
  }

  /** Nothing before a position will be taken. */
  void want(long position) {
    wanted = position;
  }

  /** Whether what was polled from an offset on leaves no gap behind what is here. */
  boolean continues(long from) {
    Run last = runs.peekLast();
    return from <= (last == null ? wanted : last.end);
  }

  /** Whether nothing new stands before an offset. */
  boolean has(long next) {
    Run last = runs.peekLast();
    return next <= Math.max(wanted, last == null ? 0 : last.end);
  }

  /** The giver polls on from an offset. */
  void polled(long next, OptionalLong lag) {
    given = next;
    logEnd = lag.isPresent() ? next + lag.getAsLong() : logEnd;
  }

  /** The giver polls no more. */
  void gone() {
    given = UNKNOWN;
  }

  /** Keeps what was polled. */
  void add(FetchedChunk chunk) {
    if (has(chunk.next())) {
      putBack.accept(chunk.bytes());
      return;
    }
    if (runs.isEmpty() || !continues(chunk.from())) {
      runs.add(new Run(chunk.from()));
    }
    Run last = runs.getLast();
    last.end = chunk.next();
    last.chunks.add(chunk);
    bytes += chunk.bytes().length;
  }

  /** No record stands from one offset to before another; a run begins with a record. */
  void addNone(long from, long next) {
    if (!has(next) && continues(from)) {
      if (runs.isEmpty()) {
        runs.add(new Run(from));
      }
      runs.getLast().end = next;
    }
  }

  /** Whether the records at a position are here, or will be with the next poll. */
  boolean covers(long position) {
    dropBefore(position);
    Run first = runs.peekFirst();
    return first == null ? given == position : first.begin <= position;
  }

  /**
   * Takes out what comes next; null if nothing does. The first records of it may stand before the
   * position; an empty array, which was not lent, tells that there is none up to where it ends.
   */
  @Nullable FetchedChunk next(long position) {
    wanted = Math.max(wanted, position);
    dropBefore(position);
    Run first = runs.peekFirst();
    if (first == null || first.begin > position) {
      return null;
    }
    FetchedChunk chunk = first.chunks.poll();
    if (chunk == null) {
      runs.remove();
      return new FetchedChunk(new byte[0], 0, position, first.end);
    }
    bytes -= chunk.bytes().length;
    return chunk;
  }

  /** Lets go of what stands before a position alone. */
  void dropBefore(long position) {
    Run first = runs.peekFirst();
    while (first != null && first.end <= position) {
      runs.remove();
      first.chunks.forEach(this::drop);
      first = runs.peekFirst();
    }
    while (first != null && !first.chunks.isEmpty() && first.chunks.element().next() <= position) {
      drop(first.chunks.remove());
    }
  }

  private void drop(FetchedChunk chunk) {
    bytes -= chunk.bytes().length;
    putBack.accept(chunk.bytes());
  }
}
