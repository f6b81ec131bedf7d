package dev.counterweight.joining;

import dev.counterweight.joining.Decisions.Decision;

/** Shows a label that has come to the events of its key. Not thread-safe. */
final class Offers {
  private final JoinRules rules;
  private final Totals totals;
  private final ApartEvents apart;
  private final Targets targets;
  private final Decisions decisions;

  Offers(JoinRules rules, Totals totals, ApartEvents apart, Targets targets, Decisions decisions) {
    this.rules = rules;
    this.totals = totals;
    this.apart = apart;
    this.targets = targets;
    this.decisions = decisions;
  }

  /** Has all events of the key that are within reach of a label see it. */
  boolean toAll(KeyRow row, int i) {
    long labelMs = row.labels.timeMs(i);
    KeptEvent event = row.event;
    if (event != null && !event.waits() && rules.goneMs(event.timeMs()) > row.t) {
      row.changed |= decisions.offer(row, event, i, false);
    } else if (event != null && event.waits() && rules.belongs(labelMs, event.timeMs())) {
      decide(row, event, false);
    }
    if (row.waitingApart && rules.conflict() == JoinRules.Conflict.FIRST) {
      apart.each(
          row,
          RowKeys.WAITING,
          labelMs - rules.waitMs(),
          labelMs + rules.waitMs(),
          each -> decide(row, each, true));
    }
    if (row.writtenApart) {
      toWritten(row, i, labelMs);
    }
    return true;
  }

  /** Where nothing is corrected, one event tells what a label is: not all are looked through. */
  private void toWritten(KeyRow row, int i, long labelMs) {
    apart.each(
        row,
        RowKeys.WRITTEN,
        labelMs - rules.waitMs() - rules.correctForMs(),
        labelMs + rules.waitMs(),
        each -> {
          if (rules.goneMs(each.timeMs()) > row.t && decisions.offer(row, each, i, true)) {
            apart.putWritten(row, each);
          }
          return rules.correctForMs() > 0 || row.labels.fate(i) == KeptLabels.OPEN;
        });
  }

  /** Has the one event that a label belongs to see it; says whether it may serve another. */
  boolean toOne(KeyRow row, int i) {
    Targets.Target target = targets.find(row, row.labels.timeMs(i));
    if (target == null) {
      return true;
    }
    KeptEvent event = target.event();
    if (event.waits()) {
      decide(row, event, target.apart());
      return !row.labels.told(i);
    }
    if (decisions.offer(row, event, i, target.apart())) {
      if (target.apart()) {
        apart.putWritten(row, event);
      } else {
        row.changed = true;
      }
    }
    return false;
  }

  /** Decides an event that waits if a label can do so before its wait is over; gives true. */
  private boolean decide(KeyRow row, KeptEvent event, boolean isApart) {
    if (decisions.decide(row, event, false, JoinClock.UNKNOWN) == Decision.WRITTEN) {
      totals.waitsNoMore(event.timeMs());
      if (isApart) {
        apart.decided(row, event, true);
      } else {
        row.changed = true;
      }
    }
    return true;
  }

  /** Whether a label that has come may be of use to an event that comes, or to one that waits. */
  boolean isKept(KeyRow row, long labelMs) {
    if (rules.lateMs(labelMs) > row.t) {
      return true;
    }
    if (rules.labelEndMs(labelMs) <= row.t) {
      return false;
    }
    KeptEvent event = row.event;
    if (event != null && event.waits() && rules.belongs(labelMs, event.timeMs())) {
      return true;
    }
    return row.waitingApart
        && apart.last(row, RowKeys.WAITING, labelMs - rules.waitMs(), labelMs + rules.waitMs())
            != null;
  }
}
