package dev.counterweight.joining;

import org.jspecify.annotations.Nullable;

/**
 * Which one event a label belongs to where it belongs to one only: of those known that it may
 * decide or correct, the latest that is not after it; where there is none, the earliest that is.
 * Not thread-safe.
 */
final class Targets {
  private final JoinRules rules;
  private final ApartEvents apart;

  /** A target, and where it stands. */
  record Target(KeptEvent event, boolean apart) {}

  Targets(JoinRules rules, ApartEvents apart) {
    this.rules = rules;
    this.apart = apart;
  }

  /** Whether an event, which may not be in the store yet, is the target of a label. */
  boolean is(KeyRow row, KeptEvent event, long labelMs) {
    if (!near(event, labelMs)) {
      return false;
    }
    Target known = find(row, labelMs);
    return known == null || !better(labelMs, known.event(), event);
  }

  @Nullable Target find(KeyRow row, long labelMs) {
    Target best = null;
    if (row.event != null && near(row.event, labelMs) && known(row.event, row.t)) {
      best = new Target(row.event, false);
    }
    if (row.waitingApart) {
      best = best(labelMs, best, nearest(row, RowKeys.WAITING, labelMs));
    }
    if (row.writtenApart) {
      best = best(labelMs, best, nearest(row, RowKeys.WRITTEN, labelMs));
    }
    return best;
  }

  private static @Nullable Target best(
      long labelMs, @Nullable Target best, @Nullable KeptEvent other) {
    return other == null || (best != null && !better(labelMs, other, best.event()))
        ? best
        : new Target(other, true);
  }

  private @Nullable KeptEvent nearest(KeyRow row, byte what, long labelMs) {
    KeptEvent before =
        apart.last(row, what, labelMs - rules.waitMs() - rules.correctForMs(), labelMs);
    return before != null && known(before, row.t)
        ? before
        : apart.each(row, what, labelMs + 1, labelMs + rules.waitMs(), each -> !known(each, row.t));
  }

  private boolean known(KeptEvent event, long t) {
    return event.waits() || rules.goneMs(event.timeMs()) > t;
  }

  private boolean near(KeptEvent event, long labelMs) {
    return rules.belongs(labelMs, event.timeMs()) || rules.corrects(labelMs, event.timeMs());
  }

  /** Whether one is rather the target than another; both are near. */
  private static boolean better(long labelMs, KeptEvent one, KeptEvent other) {
    boolean before = one.timeMs() <= labelMs;
    if (before != other.timeMs() <= labelMs) {
      return before;
    }
    return before
        ? KeptEvent.later(one.event, other.event)
        : KeptEvent.later(other.event, one.event);
  }
}
