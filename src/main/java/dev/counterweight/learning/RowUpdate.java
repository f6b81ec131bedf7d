package dev.counterweight.learning;

import dev.counterweight.config.OptimizerConfig;
import java.util.List;

/**
 * How an optimiser moves one row of a table. Rows that are not in a step stand still, and so do
 * their moments; no row decays, whatever {@code weight.decay} says.
 *
 * <ul>
 *   <li>Adam and AdamW: PyTorch's SparseAdam, eps 1e-8, bias-corrected by the number of steps made,
 *       whether or not a row was in them.
 *   <li>SGD: momentum without dampening, on request Nesterov's, of the steps that a row was in.
 * </ul>
 *
 * <p>Immutable.
 */
sealed interface RowUpdate {

  /** As configured. */
  static RowUpdate of(OptimizerConfig config) {
    return switch (config.kind()) {
      case ADAM, ADAMW -> new Adam(config.beta1(), config.beta2());
      case SGD -> new Sgd((float) config.momentum(), config.nesterov());
    };
  }

  /** What the names of the moments end in, in the order in which they lie behind a row. */
  List<String> moments();

  /**
   * How much a step moves by.
   *
   * @param step number of the step, from 1
   * @param learningRate of the step
   */
  float size(long step, double learningRate);

  /**
   * Moves a row.
   *
   * @param values from index {@code at} on the row, then each of its moments
   * @param gradient from index {@code from} on that of the row
   * @param size as {@link #size} gave
   */
  void move(float[] values, int at, int width, float[] gradient, int from, float size);

  /** Adam of sparse gradients. */
  record Adam(double beta1, double beta2) implements RowUpdate {
    private static final float EPS = 1e-8f;

    /** Smaller moments are zero: denormals are about ten times slower to reckon with. */
    private static final float LEAST = 1e-30f;

    private static final float LEAST_SQUARE = 1e-36f;

    @Override
    public List<String> moments() {
      return List.of(".exp_avg", ".exp_avg_sq");
    }

    @Override
    public float size(long step, double learningRate) {
      double first = 1 - StrictMath.pow(beta1, step);
      double second = 1 - StrictMath.pow(beta2, step);
      return (float) (learningRate * Math.sqrt(second) / first);
    }

    @Override
    public void move(float[] values, int at, int width, float[] gradient, int from, float size) {
      float first = (float) (1 - beta1);
      float second = (float) (1 - beta2);
      for (int i = at; i < at + width; i++) {
        float g = gradient[from + i - at];
        float average = values[i + width];
        average += (g - average) * first;
        float square = values[i + 2 * width];
        square += (g * g - square) * second;
        values[i] -= size * (average / ((float) Math.sqrt(square) + EPS));
        values[i + width] = Math.abs(average) < LEAST ? 0 : average;
        values[i + 2 * width] = square < LEAST_SQUARE ? 0 : square;
      }
    }
  }

  /** SGD. */
  record Sgd(float momentum, boolean nesterov) implements RowUpdate {
    private static final float LEAST = 1e-30f;

    @Override
    public List<String> moments() {
      return List.of(".momentum_buffer");
    }

    @Override
    public float size(long step, double learningRate) {
      return (float) learningRate;
    }

    @Override
    public void move(float[] values, int at, int width, float[] gradient, int from, float size) {
      for (int i = at; i < at + width; i++) {
        float g = gradient[from + i - at];
        float direction = g;
        if (momentum != 0) {
          float b = momentum * values[i + width] + g;
          values[i + width] = Math.abs(b) < LEAST ? 0 : b;
          direction = nesterov ? g + momentum * b : b;
        }
        values[i] -= size * direction;
      }
    }
  }
}
