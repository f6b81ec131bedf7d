package dev.counterweight.joining;

import dev.counterweight.joining.Decisions.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through what is due: events whose wait is over, and what is kept no longer. Not thread-safe.
 */
final class Walk {
  private static final int BATCH = 256;

  private final JoinRules rules;
  private final Rows rows;
  private final DueIndex index;
  private final Totals totals;
  private final ApartEvents apart;
  private final Decisions decisions;

  /** How many rows and events may be looked at yet. */
  private int left;

  Walk(
      JoinRules rules,
      Rows rows,
      DueIndex index,
      Totals totals,
      ApartEvents apart,
      Decisions decisions) {
    this.rules = rules;
    this.rows = rows;
    this.index = index;
    this.totals = totals;
    this.apart = apart;
    this.decisions = decisions;
  }

  boolean advance(long t, int most) {
    left = most;
    while (!index.nothingUntil(t)) {
      List<DueRows.Due> due = index.due(t, Math.min(BATCH, Math.max(1, left)));
      for (DueRows.Due entry : due) {
        if (left <= 0 || !look(entry, t)) {
          return false;
        }
        left--;
        entry.done();
        totals.walked(entry.dueMs());
      }
      if (due.size() < BATCH) {
        index.lookForFirst();
      }
    }
    return true;
  }

  /** Looks at a key; says whether that is finished. */
  private boolean look(DueRows.Due entry, long t) {
    byte[] at = entry.keyRow();
    byte[] stored = rows.get(at);
    if (stored == null) {
      return true;
    }
    KeyRow row = RowFormat.decode(at, t, stored);
    long dueMs = entry.dueMs();
    if (row.dueMs > Math.max(dueMs, totals.walkedMs())) {
      return true; // another entry tells of it
    }
    long lastMs = lastOfQuiet(row);
    if (lastMs > t) {
      index.put(lastMs, at); // what it has is ended all at once: one write less
      return true;
    }
    boolean finished = decideOver(row) && letGo(row);
    if (finished) {
      row.dueMs = nextMs(row);
    }
    if (finished && row.isEmpty()) {
      rows.delete(at);
    } else {
      rows.put(at, RowFormat.encode(row));
    }
    if (finished && !row.isEmpty()) {
      index.put(row.dueMs, at);
    }
    return finished;
  }

  /** When all of a key is ended that is short and has nothing that waits; else the least long. */
  private long lastOfQuiet(KeyRow row) {
    if (row.anyWaits() || row.writtenApart || row.labels.count() > 1) {
      return Long.MIN_VALUE;
    }
    long gone = row.event == null ? Long.MIN_VALUE : rules.goneMs(row.event.timeMs());
    return row.labels.count() == 0 ? gone : Math.max(gone, rules.labelEndMs(row.labels.timeMs(0)));
  }

  /** Decides what is over, in the order of time. */
  private boolean decideOver(KeyRow row) {
    KeptEvent next = null;
    if (row.waitingApart) {
      next =
          apart.each(
              row,
              RowKeys.WAITING,
              -JoinRules.FURTHEST_MS,
              rules.overUpToMs(row.t),
              each -> {
                boolean isOver = rules.overMs(each.timeMs()) <= row.t;
                if (!isOver || left <= 0) {
                  return false;
                }
                left--;
                decideInRow(row, each);
                apart.decided(row, each, decide(row, each));
                return true;
              });
    }
    decideInRow(row, null);
    return next == null || rules.overMs(next.timeMs()) > row.t;
  }

  /** Decides the event in the row itself if it is over, and before another if one is given. */
  private void decideInRow(KeyRow row, @Nullable KeptEvent before) {
    KeptEvent event = row.event;
    if (event != null
        && event.waits()
        && rules.overMs(event.timeMs()) <= row.t
        && (before == null || KeptEvent.later(before.event, event.event))) {
      row.event = decide(row, event) ? event : null;
      row.changed = true;
    }
  }

  /** Decides an event whose wait is over; says whether it stays. */
  private boolean decide(KeyRow row, KeptEvent event) {
    Decision decision = decisions.decide(row, event, true, JoinClock.UNKNOWN);
    totals.waitsNoMore(event.timeMs());
    return decision == Decision.WRITTEN && rules.goneMs(event.timeMs()) > row.t;
  }

  /**
   * Lets go of labels, and of what was written of the event in the row, that are kept no longer.
   */
  void letGoOfEnded(KeyRow row) {
    for (int i = row.labels.count() - 1; i >= 0; i--) {
      if (rules.labelEndMs(row.labels.timeMs(i)) <= row.t) {
        decisions.end(row, i, Fact.UNMATCHED);
        totals.labelGone();
      }
    }
    forgetTold(row);
    KeptEvent event = row.event;
    if (event != null && !event.waits() && rules.goneMs(event.timeMs()) <= row.t) {
      row.event = null;
      row.changed = true;
    }
  }

  private boolean letGo(KeyRow row) {
    letGoOfEnded(row);
    if (!row.writtenApart) {
      return true;
    }
    KeptEvent next =
        apart.each(
            row,
            RowKeys.WRITTEN,
            -JoinRules.FURTHEST_MS,
            rules.goneUpToMs(row.t),
            each -> {
              boolean isGone = rules.goneMs(each.timeMs()) <= row.t;
              if (isGone && left-- > 0) {
                apart.deleteWritten(row, each);
                return true;
              }
              return false;
            });
    return next == null || rules.goneMs(next.timeMs()) > row.t;
  }

  /** Where a label belongs to one event only, nothing more comes of one that is told of. */
  void forgetTold(KeyRow row) {
    for (int i = row.labels.count() - 1; rules.scope() == JoinRules.Scope.LATEST && i >= 0; i--) {
      if (row.labels.told(i)) {
        decisions.end(row, i, Fact.USED);
        totals.labelGone();
      }
    }
  }

  /** When the first of what a key has is over; the flags of what is apart are as found. */
  private long nextMs(KeyRow row) {
    long next = firstEndOfLabels(row);
    if (row.event != null) {
      next = Math.min(next, end(row.event));
    }
    KeptEvent waiting = row.waitingApart ? apart.first(row, RowKeys.WAITING) : null;
    row.waitingApart = waiting != null;
    KeptEvent written = row.writtenApart ? apart.first(row, RowKeys.WRITTEN) : null;
    row.writtenApart = written != null;
    next = waiting == null ? next : Math.min(next, end(waiting));
    return written == null ? next : Math.min(next, end(written));
  }

  long firstEndOfLabels(KeyRow row) {
    long first = KeyRow.NEVER;
    for (int i = 0; i < row.labels.count(); i++) {
      first = Math.min(first, rules.labelEndMs(row.labels.timeMs(i)));
    }
    return first;
  }

  private long end(KeptEvent event) {
    return event.waits() ? rules.overMs(event.timeMs()) : rules.goneMs(event.timeMs());
  }
}
