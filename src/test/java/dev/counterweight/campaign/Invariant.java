package dev.counterweight.campaign;

/** Rules about one thing that a job makes. Stateless and thread-safe. */
@FunctionalInterface
interface Invariant {
  /** Tells what does not hold. */
  void check(History history, Observed observed, Truth truth, Findings findings);
}
