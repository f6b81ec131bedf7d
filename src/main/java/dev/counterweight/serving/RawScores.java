package dev.counterweight.serving;

/** A model's way from rows of raw columns to raw scores. Thread-safe; its workers are not. */
public interface RawScores extends AutoCloseable {

  /** What scores for one thread. */
  Worker worker();

  /** J, the candidates that it scores a row by. */
  default int candidates() {
    return 1;
  }

  /** Whether its workers can say what moved a score. */
  default boolean explains() {
    return false;
  }

  /** Whether {@link #close} frees native memory. */
  default boolean isNative() {
    return false;
  }

  /** Frees native memory, if there is any; not to be called while a worker works. */
  @Override
  default void close() {}

  /** Scores by the model, with work space of its own: one thread at a time. */
  interface Worker {

    /**
     * Writes the raw scores of rows that follow one another.
     *
     * @param rows row-major, C columns a row
     * @param at where the first row begins
     * @param n rows to take
     * @param scores receives n x J x K
     * @param to where those of the first row go
     */
    void score(float[] rows, int at, int n, float[] scores, int to);

    /**
     * What each column of the row that was scored last contributes to the score of a class, less
     * that of another: of each candidate as much as its share.
     *
     * @param shares of the candidates, J
     * @param contributions receives C
     * @throws UnsupportedOperationException unless the model {@link #explains}
     */
    default void explain(int of, int against, double[] shares, double[] contributions) {
      throw new UnsupportedOperationException("this model cannot say what moved a score");
    }
  }
}
