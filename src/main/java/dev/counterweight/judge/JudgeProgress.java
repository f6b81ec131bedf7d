package dev.counterweight.judge;

import dev.counterweight.evaluation.JudgedScores;
import dev.counterweight.joining.Rows;
import dev.counterweight.judging.Fate;
import dev.counterweight.judging.Held;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.streams.TaskStore;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a task is: the offset that it goes on from of scores and of labels, what became of them
 * so far, what it holds, and the figures. One row, written whenever one of them changes, and beside
 * it a row for each class and decision that was judged. Used by the task.
 *
 * <p>Bytes, big-endian: format (1), next offset of scores and of labels (8 each), number of fates
 * (1), of each how often (8), {@link Held}, {@link JudgedScores}. A row of a class: class (4) and
 * decision (4); events (8).
 */
final class JudgeProgress {
  private static final int ROW = 1;
  private static final byte FORMAT = 1;
  private static final char CELLS = 'c';
  private static final int BATCH = 1_000;
  private static final Fate[] FATES = Fate.values();

  private final TaskStore store;
  private final Rows cells;
  private final JudgedScores figures;
  private final long[] fates = new long[FATES.length];
  private final Held held;
  private final boolean begins;
  private long nextScore;
  private long nextLabel;

  /** Goes on from what the store has. */
  JudgeProgress(TaskStore store, int classes) {
    this.store = store;
    this.cells = store.part(CELLS);
    this.figures = new JudgedScores(classes);
    byte @Nullable [] row = store.progress(ROW);
    this.held = row == null ? new Held() : read(ByteBuffer.wrap(row));
    this.begins = row == null;
    if (!begins) {
      readCells();
    }
  }

  private Held read(ByteBuffer in) {
    byte format = in.get();
    if (format != FORMAT) {
      throw new InvariantException("a task's progress is of a known format", FORMAT, format);
    }
    nextScore = in.getLong();
    nextLabel = in.getLong();
    int told = in.get();
    for (int fate = 0; fate < told; fate++) {
      fates[fate] = in.getLong();
    }
    Held before = Held.get(in);
    figures.get(in);
    return before;
  }

  private void readCells() {
    byte[] from = cell(0, 0);
    byte[] to = cell(Integer.MAX_VALUE, Integer.MAX_VALUE);
    List<Rows.Row> found = cells.range(from, to, BATCH);
    while (!found.isEmpty()) {
      for (Rows.Row row : found) {
        ByteBuffer key = ByteBuffer.wrap(row.key());
        figures.count(key.getInt(), key.getInt(), ByteBuffer.wrap(row.value()).getLong());
      }
      byte[] last = found.get(found.size() - 1).key();
      from = Arrays.copyOf(last, last.length + 1); // the next key there can be
      found = cells.range(from, to, BATCH);
    }
    if (figures.judged() != fates[Fate.JUDGED.ordinal()]) {
      throw new InvariantException(
          "events judged, by class and decision", fates[Fate.JUDGED.ordinal()], figures.judged());
    }
  }

  private static byte[] cell(int label, int decision) {
    return ByteBuffer.allocate(2 * Integer.BYTES).putInt(label).putInt(decision).array();
  }

  /** Whether the store knew nothing. */
  boolean begins() {
    return begins;
  }

  /** The offset of the next score. */
  long nextScore() {
    return nextScore;
  }

  /** All scores below this offset are taken. */
  void movedScores(long offset) {
    nextScore = risen("scores", nextScore, offset);
  }

  /** The offset of the next label in the topic that the task has labels from. */
  long nextLabel() {
    return nextLabel;
  }

  /** All labels below this offset are taken. */
  void movedLabels(long offset) {
    nextLabel = risen("labels", nextLabel, offset);
  }

  private static long risen(String what, long before, long offset) {
    if (offset < before) {
      throw new InvariantException(
          "the next offset of the %s never falls".formatted(what), "at least " + before, offset);
    }
    return offset;
  }

  /** One more event was judged. */
  void judged(int label, int decision, double[] served) {
    figures.add(label, decision, served);
    cells.put(
        cell(label, decision),
        ByteBuffer.allocate(Long.BYTES).putLong(figures.count(label, decision)).array());
    add(Fate.JUDGED);
  }

  void add(Fate fate) {
    fates[fate.ordinal()]++;
  }

  /** How often each fate was, since the job began. */
  Map<Fate, Long> fates() {
    Map<Fate, Long> all = new EnumMap<>(Fate.class);
    for (Fate fate : FATES) {
      all.put(fate, fates[fate.ordinal()]);
    }
    return all;
  }

  Held held() {
    return held;
  }

  /** The figures of all that was judged since the job began; a copy. */
  JudgedScores figures() {
    return figures.copy();
  }

  /** Nothing may be in memory only when a record or a look is done with. */
  void store() {
    ByteBuffer out =
        ByteBuffer.allocate(2 + (2 + FATES.length) * Long.BYTES + Held.BYTES + figures.size());
    out.put(FORMAT).putLong(nextScore).putLong(nextLabel).put((byte) FATES.length);
    for (long count : fates) {
      out.putLong(count);
    }
    held.put(out);
    figures.put(out);
    store.putProgress(ROW, out.array());
  }
}
