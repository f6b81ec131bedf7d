package dev.counterweight.joining;

import dev.counterweight.protocol.InvariantException;

/**
 * What a label says of an event, and what is written then: the rules, over one event and the labels
 * of its key. Not thread-safe.
 */
final class Decisions {
  private final JoinRules rules;
  private final Targets targets;
  private final ApartEvents apart;
  private final Output output;

  /** What came of an event that waited or has come. */
  enum Decision {
    WAITS,
    WRITTEN,
    DROPPED
  }

  Decisions(JoinRules rules, Targets targets, ApartEvents apart, Output output) {
    this.rules = rules;
    this.targets = targets;
    this.apart = apart;
    this.output = output;
  }

  /**
   * Decides an event by the labels of its key, if it can be; then has them correct it.
   *
   * @param event has its body
   * @param over whether its wait is
   * @param endAfter labels that end no later than this are not looked at
   */
  Decision decide(KeyRow row, KeptEvent event, boolean over, long endAfter) {
    if (!over && rules.conflict() != JoinRules.Conflict.FIRST) {
      return Decision.WAITS; // a better one may come
    }
    int winner = winner(row, event, endAfter);
    if (winner >= 0) {
      match(row, event, winner, endAfter);
    } else if (!over) {
      return Decision.WAITS;
    } else if (rules.missing() == JoinRules.DROP) {
      output.tell(Fact.DROPPED);
      return Decision.DROPPED;
    } else {
      event.missing = true;
      write(row, event, rules.missing(), rules.waitMs(), Fact.EXPIRED);
    }
    if (rules.correctForMs() > 0) {
      for (int i = 0; i < row.labels.count(); i++) {
        if (rules.corrects(row.labels.timeMs(i), event.timeMs())
            && usable(row, event, i, endAfter)) {
          correct(row, event, i, false);
        }
      }
    } else {
      event.letGoOfBody();
    }
    return Decision.WRITTEN;
  }

  private void match(KeyRow row, KeptEvent event, int winner, long endAfter) {
    KeptLabels labels = row.labels;
    event.labelMs = labels.timeMs(winner);
    write(row, event, labels.label(winner), waitedMs(event), Fact.MATCHED);
    for (int i = 0; i < labels.count(); i++) {
      if (i != winner && belongs(row, event, i, endAfter)) {
        became(row, i, labels.label(i) == event.label ? Fact.DUPLICATE : Fact.CONFLICT);
      }
    }
    became(row, winner, Fact.USED);
  }

  private int winner(KeyRow row, KeptEvent event, long endAfter) {
    KeptLabels labels = row.labels;
    int winner = -1;
    for (int i = 0; i < labels.count(); i++) {
      if (belongs(row, event, i, endAfter)
          && (winner < 0 || labels.wins(rules.conflict(), i, winner))) {
        winner = i;
      }
    }
    return winner;
  }

  private boolean belongs(KeyRow row, KeptEvent event, int i, long endAfter) {
    return rules.belongs(row.labels.timeMs(i), event.timeMs()) && usable(row, event, i, endAfter);
  }

  private boolean usable(KeyRow row, KeptEvent event, int i, long endAfter) {
    long labelMs = row.labels.timeMs(i);
    return rules.labelEndMs(labelMs) > endAfter
        && (rules.scope() == JoinRules.Scope.ALL
            || (!row.labels.told(i) && targets.is(row, event, labelMs)));
  }

  /**
   * A label has come for an event that was written.
   *
   * @param i which of the row's labels
   * @param isApart whether the event is, and so has no body
   * @return whether another label is in force
   */
  boolean offer(KeyRow row, KeptEvent event, int i, boolean isApart) {
    long labelMs = row.labels.timeMs(i);
    boolean belongs = rules.belongs(labelMs, event.timeMs());
    if (belongs && !event.missing) {
      became(row, i, row.labels.label(i) == event.label ? Fact.DUPLICATE : Fact.CONFLICT);
    } else if (!event.bodiless
        && (rules.corrects(labelMs, event.timeMs()) || (belongs && rules.correctForMs() > 0))) {
      return correct(row, event, i, isApart);
    } else if (belongs || labelMs > event.timeMs()) {
      late(row, i);
    }
    return false;
  }

  private boolean correct(KeyRow row, KeptEvent event, int i, boolean isApart) {
    KeptLabels labels = row.labels;
    if (!event.missing && labels.timeMs(i) < event.labelMs) {
      late(row, i);
      return false;
    }
    event.labelMs = labels.timeMs(i);
    event.missing = false;
    if (event.label == labels.label(i)) {
      became(row, i, Fact.DUPLICATE);
    } else {
      if (isApart) {
        event.event = apart.withBody(row, event.event);
      }
      write(row, event, labels.label(i), waitedMs(event), Fact.CORRECTED);
      became(row, i, Fact.USED);
    }
    return true;
  }

  private static long waitedMs(KeptEvent event) {
    return Math.max(0, event.labelMs - event.timeMs());
  }

  /**
   * Writes an event with a class that is in force from now on.
   *
   * @throws InvariantException if it was written before and is not corrected, or the reverse
   */
  private void write(KeyRow row, KeptEvent event, int label, long waitedMs, Fact how) {
    if (event.waits() == (how == Fact.CORRECTED)) {
      Origin origin = event.event.origin();
      throw new InvariantException(
          "partition %d, offset %d: an event is written once, and after that corrected"
              .formatted(origin.partition(), origin.offset()),
          event.waits() ? "its first class" : "another class than " + event.label,
          "%s, class %d".formatted(how, label));
    }
    int before = event.waits() ? Joined.NOTHING : event.label;
    event.label = label;
    byte[] key = RowKeys.joinKey(row.at);
    output.write(new Joined(key, event.event, label, waitedMs, before, how));
    output.tell(how);
  }

  private void late(KeyRow row, int i) {
    if (row.labels.fate(i) == KeptLabels.OPEN) {
      row.labels.setFate(i, KeptLabels.LATE);
      row.changed |= i != row.arriving;
    }
  }

  private void became(KeyRow row, int i, Fact fact) {
    if (!row.labels.told(i)) {
      row.labels.setFate(i, KeptLabels.TOLD);
      row.changed |= i != row.arriving;
      output.tell(fact);
    }
  }

  /** A label is let go. */
  void end(KeyRow row, int i, Fact otherwise) {
    if (!row.labels.told(i)) {
      output.tell(row.labels.fate(i) == KeptLabels.LATE ? Fact.LATE : otherwise);
    }
    row.labels.remove(i);
    row.changed |= i != row.arriving;
  }
}
