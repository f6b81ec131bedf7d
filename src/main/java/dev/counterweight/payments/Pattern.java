package dev.counterweight.payments;

/** The kinds of fraud. */
public enum Pattern {
  /** No fraud. */
  NONE,
  /** Stolen cards, from the first day to the last. */
  STOLEN,
  /** Rings that reuse a few merchants and devices for some weeks. */
  RING,
  /** What begins after the middle, and looks like nothing before. */
  NEW_PATTERN,
  /** An attack by machines, of one day. */
  BURST
}
