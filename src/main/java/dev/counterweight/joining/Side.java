package dev.counterweight.joining;

import java.util.Locale;

/** The two sides of a join. */
public enum Side {
  EVENTS,
  LABELS;

  /** As meters and messages name it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
