package dev.counterweight.evaluation;

/**
 * A change of the stream, or of what the model makes of it.
 *
 * @param of what changed
 * @param label the class it changed of
 * @param before its mean before, from 0 to 1
 * @param after its mean since
 */
public record Drift(Of of, int label, double before, double after) {

  /** What is watched of each class. */
  public enum Of {
    /** The share of its rows decided right; a change is told if it fell. */
    RECALL,
    /** Its share of the stream. */
    PRIOR
  }
}
