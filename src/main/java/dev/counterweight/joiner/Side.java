package dev.counterweight.joiner;

import dev.counterweight.joining.JoinClock;
import java.util.Locale;

/** Which of the two topics a record is of. */
enum Side {
  EVENTS,
  LABELS;

  /** As meters and messages name it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** As the join clock names it. */
  JoinClock.Side ofClock() {
    return this == EVENTS ? JoinClock.Side.EVENTS : JoinClock.Side.LABELS;
  }
}
