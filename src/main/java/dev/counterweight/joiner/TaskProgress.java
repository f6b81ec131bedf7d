package dev.counterweight.joiner;

import dev.counterweight.joining.Fact;
import dev.counterweight.joining.Side;
import dev.counterweight.joining.Totals;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.streams.TaskStore;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a task is: the offset that it goes on from of each side, what became of its events and
 * labels so far, and the join's totals. One row, written with the others, so that none is ever
 * ahead of them. Used by the task.
 *
 * <p>Bytes, big-endian: format (1), next offset of events and of labels (8 each; -1 for one that
 * was never read), number of facts (1), of each how often (8), then the totals.
 */
final class TaskProgress {
  static final long NEVER = -1;
  private static final int ROW = 1;

  /** Of format 1 were stores whose index had a row a key. No release wrote it, so none reads it. */
  private static final byte FORMAT = 2;

  private static final String NEWER =
      "A newer build wrote it: start that one again. Nothing is lost.";

  private static final Fact[] FACTS = Fact.values();
  private static final int HEAD = 2 + (Side.values().length + FACTS.length) * Long.BYTES;

  private final TaskStore store;
  private final long[] next = {NEVER, NEVER};
  private final long[] facts = new long[FACTS.length];
  private final Totals totals;

  /**
   * Goes on from what the store has.
   *
   * @throws FailureException if the store is of another format
   */
  TaskProgress(String job, TaskStore store) {
    this.store = store;
    byte @Nullable [] row = store.progress(ROW);
    this.totals = row == null ? new Totals() : read(job, row);
  }

  private Totals read(String job, byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte format = in.get();
    if (format != FORMAT) {
      throw new FailureException(
          "the joiner of job '%s' has state of format %d: it must be of format %d. %s"
              .formatted(job, format, FORMAT, format < FORMAT ? resetting(job) : NEWER));
    }
    for (int side = 0; side < next.length; side++) {
      next[side] = in.getLong();
    }
    int told = in.get();
    for (int fact = 0; fact < told; fact++) {
      facts[fact] = in.getLong();
    }
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return Totals.decode(rest);
  }

  private static String resetting(String job) {
    return "A build from before labels were released wrote it. Start a new job under another name (trainer.initial takes the model over); or, to keep the name, stop all roles and delete all that the job had (topics and groups '%s.*', labels.state.dir, checkpoint.dir), to join, count and train anew from events.start."
        .formatted(job);
  }

  /** The offset of the next record of a side; {@link #NEVER} if none was read yet. */
  long next(Side side) {
    return next[side.ordinal()];
  }

  /**
   * All below this offset is done.
   *
   * @throws InvariantException if it would move back
   */
  void moved(Side side, long offset) {
    if (offset < next(side)) {
      throw new InvariantException(
          "the next offset of the %s never falls".formatted(side.text()),
          "at least " + next(side),
          offset);
    }
    next[side.ordinal()] = offset;
  }

  void add(Fact fact) {
    facts[fact.ordinal()]++;
  }

  /** How often each fact was, since the job began. */
  Map<Fact, Long> facts() {
    Map<Fact, Long> all = new EnumMap<>(Fact.class);
    for (Fact fact : FACTS) {
      all.put(fact, facts[fact.ordinal()]);
    }
    return all;
  }

  Totals totals() {
    return totals;
  }

  /** To be called before a commit: nothing may be in memory only then. */
  void store() {
    byte[] rest = totals.encode();
    ByteBuffer out = ByteBuffer.allocate(HEAD + rest.length);
    out.put(FORMAT);
    for (long offset : next) {
      out.putLong(offset);
    }
    out.put((byte) facts.length);
    for (long count : facts) {
      out.putLong(count);
    }
    store.putProgress(ROW, out.put(rest).array());
  }
}
