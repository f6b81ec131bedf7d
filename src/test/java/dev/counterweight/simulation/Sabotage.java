package dev.counterweight.simulation;

/** A guarantee that is broken on purpose, to see that it is missed. */
enum Sabotage {
  NONE,
  /** Offsets are committed when they are sent, whatever becomes of their transaction. */
  OFFSETS_OUTSIDE,
  /** A snapshot does not say what it counts: it seems to cover all that there is. */
  COVERED_UNKNOWN
}
