package dev.counterweight.campaign;

/** What must hold of a job whatever goes wrong around it. */
public enum Rule {
  /** The newest snapshot counts the acknowledged, committed events by their final classes. */
  COUNTS_EXACT,
  /** Each event is drawn and evaluated as the contract says, and drawn afresh at most once. */
  SAMPLED_PER_CONTRACT,
  /** Each event has one score, by an announced checkpoint, or one dead letter. */
  SCORED_ONCE,
  /** Each event leaves the joiner once with its label, and once for each correction. */
  JOINED_ONCE,
  /** Versions of snapshots grow by one. */
  VERSIONS_RISE,
  /** A snapshot counts exactly what it covers, and what is covered never falls. */
  COVERED_NOT_BEYOND,
  /** Spans of a partition follow on each other from the first event to the last. */
  SPANS_CONTIGUOUS,
  /** Announced checkpoints are whole, and each goes on from one that was announced before. */
  CHECKPOINTS_CHAIN,
  /** A checkpoint has the bytes of a fresh trainer's that was given the same batch records. */
  MODEL_REPLAYS,
  /** What the trainer reports is what its batch records give. */
  METRICS_RECOMPUTED,
  /** What cannot be read is one dead letter, and nothing else is any. */
  REFUSED_ONCE,
  /** A process that nobody killed ends with a code that means something, and says why. */
  ENDED_WELL
}
