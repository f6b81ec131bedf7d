package dev.counterweight.inference;

/** Rows of a request that are to be scored. Not thread-safe. */
interface Rows {
  int count();

  /**
   * Writes a row's columns.
   *
   * @throws Refusal if its values break a rule of the model's features
   */
  void write(int row, float[] target, int at) throws Refusal;
}
