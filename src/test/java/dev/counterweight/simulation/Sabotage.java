package dev.counterweight.simulation;

/** A guarantee that is broken on purpose, to see that it is missed. */
enum Sabotage {
  NONE("counter"),
  /** Offsets are committed when they are sent, whatever becomes of their transaction. */
  OFFSETS_OUTSIDE("sampler"),
  /** A snapshot does not say what it counts: it seems to cover all that there is. */
  COVERED_UNKNOWN("counter"),
  /** The joiner writes an event as good as when it arrives, and not when its label is decided. */
  JOINED_AT_ARRIVAL("joiner"),
  /** The scorer commits what it has read, and writes its scores after that. */
  SCORES_BEHIND_COMMIT("scorer");

  private final String role;

  Sabotage(String role) {
    this.role = role;
  }

  /** Whose guarantee it is. */
  String role() {
    return role;
  }
}
