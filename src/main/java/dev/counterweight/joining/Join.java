package dev.counterweight.joining;

import dev.counterweight.joining.Decisions.Decision;
import java.util.OptionalLong;

/**
 * Joins the events and labels of a task by key, over rows. All that it knows is in its rows, its
 * index and its totals: these are to be stored together. Times are of the join clock, which is
 * given with each call ({@link JoinClock#UNKNOWN} where it is not known); it may be set back. Not
 * thread-safe.
 */
public final class Join {
  /** An event with a longer body stands apart: its key's row is written with each of its labels. */
  private static final int LONGEST_BODY = 8192;

  private final JoinRules rules;
  private final Rows rows;
  private final DueIndex index;
  private final Totals totals;
  private final ApartEvents apart;
  private final Decisions decisions;
  private final Offers offers;
  private final Walk walk;

  /**
   * @param rows rows of keys and of events that stand apart
   * @param index when a key is to be looked at
   * @param totals of these rows, as they were stored
   */
  public Join(JoinRules rules, Rows rows, DueRows index, Output output, Totals totals) {
    this.rules = rules;
    this.rows = rows;
    this.totals = totals;
    this.index = new DueIndex(index, totals);
    this.apart = new ApartEvents(rows);
    Targets targets = new Targets(rules, apart);
    this.decisions = new Decisions(rules, targets, apart, output);
    this.offers = new Offers(rules, totals, apart, targets, decisions);
    this.walk = new Walk(rules, rows, this.index, totals, apart, decisions);
  }

  /**
   * An event has come.
   *
   * @param key what is joined on
   * @param t the join clock
   */
  public void event(byte[] key, HeldEvent event, long t) {
    KeyRow row = row(key, t);
    KeptEvent kept = new KeptEvent(event);
    long overMs = rules.overMs(event.timeMs());
    Decision decision = decisions.decide(row, kept, overMs <= t, t);
    if (decision == Decision.WAITS) {
      totals.waits(event.timeMs());
      place(row, kept);
      due(row, Math.min(overMs, walk.firstEndOfLabels(row)));
    } else if (decision == Decision.WRITTEN && rules.goneMs(event.timeMs()) > t) {
      place(row, kept);
      dueSomeTime(row, rules.goneMs(event.timeMs()));
    }
    store(row);
  }

  /**
   * A label has come.
   *
   * @param key what is joined on
   * @param t the join clock
   */
  public void label(byte[] key, Label label, long t) {
    KeyRow row = row(key, t);
    int i = row.labels.count();
    row.arriving = i;
    row.labels.add(label.label(), label.timeMs(), KeptLabels.OPEN);
    boolean mayServe =
        rules.scope() == JoinRules.Scope.ALL ? offers.toAll(row, i) : offers.toOne(row, i);
    if (!mayServe || !offers.isKept(row, label.timeMs())) {
      decisions.end(row, i, Fact.LATE);
    } else if (i == JoinRules.MOST_LABELS && !makeRoom(row)) {
      decisions.end(row, i, Fact.OVERFLOWED);
    } else {
      totals.labelKept();
      row.changed = true;
      long endMs = rules.labelEndMs(label.timeMs());
      if (row.anyWaits()) {
        due(row, endMs);
      } else {
        dueSomeTime(row, endMs);
      }
    }
    store(row);
  }

  /** Lets one of too many labels go, and says whether it was not the one that has come. */
  private boolean makeRoom(KeyRow row) {
    int loser = row.labels.loser(rules.conflict());
    if (loser == row.arriving) {
      return false;
    }
    decisions.end(row, loser, Fact.OVERFLOWED);
    totals.labelGone();
    return true;
  }

  private void place(KeyRow row, KeptEvent kept) {
    KeptEvent there = row.event;
    boolean free = there == null || (!there.waits() && rules.goneMs(there.timeMs()) <= row.t);
    if (free && kept.event.body().length <= LONGEST_BODY) {
      row.event = kept;
      row.changed = true;
    } else {
      apart.put(row, kept);
    }
  }

  /** The key is to be looked at by then. */
  private void due(KeyRow row, long dueMs) {
    if (row.dueMs > dueMs || row.dueMs <= totals.walkedMs()) {
      index.put(dueMs, row.at);
      row.dueMs = dueMs;
      row.changed = true;
    }
  }

  /** The key is to be looked at then, or when it is anyway: what is over is not taken for valid. */
  private void dueSomeTime(KeyRow row, long dueMs) {
    if (row.dueMs == KeyRow.NEVER || row.dueMs <= totals.walkedMs()) {
      due(row, dueMs);
    }
  }

  private KeyRow row(byte[] key, long t) {
    byte[] at = RowKeys.ofKey(key);
    byte[] stored = rows.get(at);
    if (stored == null) {
      return new KeyRow(at, t);
    }
    KeyRow row = RowFormat.decode(at, t, stored);
    if (!row.anyWaits()) {
      walk.letGoOfEnded(row); // it may have been left there
    }
    return row;
  }

  private void store(KeyRow row) {
    walk.forgetTold(row);
    if (row.changed) {
      rows.put(row.at, RowFormat.encode(row));
    }
  }

  /**
   * Decides what is over, and lets go of what is kept no longer. Cheap where nothing is; else it
   * costs a look into the index, so not to be called with every record.
   *
   * @param most how many rows and events to look at
   * @return whether nothing is left to do
   */
  public boolean advance(long t, int most) {
    return walk.advance(t, most);
  }

  /**
   * Decides all that waits as if it were over, and lets go of all that is kept.
   *
   * @param most how many rows and events to look at
   * @return whether nothing is left to do
   */
  public boolean expireAll(int most) {
    return walk.advance(Long.MAX_VALUE, most);
  }

  /** When {@link #advance} has something to do; empty where nothing is kept. */
  public OptionalLong nextDueMs() {
    long first = index.firstMs();
    return first == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(first);
  }
}
