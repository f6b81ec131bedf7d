package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;

/** Receives the scores of each evaluation slice, given before the model saw the record's draws. */
public interface ScoreListener {

  /**
   * Called once a record that has evaluation rows, on the trainer's thread; arrays are the
   * caller's.
   *
   * @param batch the record; its slice has the rows' labels and weights
   * @param logits m x K raw scores, row-major
   */
  void scored(MiniBatch batch, float[] logits);
}
