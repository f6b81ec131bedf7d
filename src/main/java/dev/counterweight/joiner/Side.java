package dev.counterweight.joiner;

import java.util.Locale;

/** Which of the two topics a record is of. */
enum Side {
  EVENTS,
  LABELS;

  /** As meters and messages name it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
