package dev.counterweight.simulation;

import java.util.List;

/**
 * What befalls one instance of a role at its first call of the cluster that it can befall, from its
 * {@code at}th on, counted over all its lives.
 *
 * @param forMs how long it is away, or stands still
 */
record Fault(Kind kind, String role, int instance, int at, long forMs) {
  enum Kind {
    /** Killed when it asks, and nothing is done of that. */
    KILL_BEFORE,
    /** Killed when it was answered. */
    KILL_AFTER,
    /** Killed when a record is written, and its transaction open. */
    KILL_WRITTEN,
    /** Killed when a transaction is committed, before it does anything about it. */
    KILL_COMMITTED,
    /** Not answered, and nothing is done. */
    SILENCE_BEFORE,
    /** Not answered, although it is done. */
    SILENCE_AFTER,
    /** A record is not written, and its transaction can only be aborted. */
    REFUSE,
    /** Stands still within the call, and goes on later: as a zombie, where others took over. */
    STALL,
    /** The same, while another of its id is started in its place. */
    REPLACE,
    /** Leaves in good order, and comes back. */
    LEAVE,
    /** Its group is made to rebalance. */
    REBALANCE,
    /** A state store is restored as it was before the last commit that moved an offset. */
    STALE("counter", "joiner"),
    /** The newest checkpoint is damaged in its folder. */
    SPOIL("trainer");

    private final List<String> only;

    Kind(String... only) {
      this.only = List.of(only);
    }

    /** Whether it can befall a role. */
    boolean befalls(String role) {
      return only.isEmpty() || only.contains(role);
    }
  }

  @Override
  public String toString() {
    return "%s %s-%d at %d for %d ms".formatted(kind, role, instance, at, forMs);
  }
}
