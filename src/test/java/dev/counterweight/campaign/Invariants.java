package dev.counterweight.campaign;

import java.util.List;

/**
 * Judges a job from outside: what its topics and checkpoints hold against what the producer saw
 * committed. Knows no Kafka and no role.
 */
public final class Invariants {
  private static final List<Invariant> ALL =
      List.of(
          new KeptEvents(),
          new SnapshotCounts(),
          new SpanOrder(),
          new Sampling(),
          new Joining(),
          new Scoring(),
          new Refusals(),
          new CheckpointChain(),
          new Replaying(),
          new Endings());

  private Invariants() {}

  /** What does not hold; empty if everything does. */
  public static List<Violation> check(History history, Observed observed) {
    Findings findings = new Findings();
    Truth truth = new Truth(history, observed);
    ALL.forEach(invariant -> invariant.check(history, observed, truth, findings));
    return findings.violations();
  }
}
