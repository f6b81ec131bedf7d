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

  /** What the names of the moments end in, in the order in which {@link #move} takes them. */
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
   * @param weight a table
   * @param moments as large as the table each
   * @param at where the row begins in them
   * @param gradient of the loss
   * @param from where the row's gradient begins
   * @param size as {@link #size} gave
   */
  void move(
      float[] weight, float[][] moments, int at, float[] gradient, int from, int width, float size);

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
    public void move(
        float[] weight,
        float[][] moments,
        int at,
        float[] gradient,
        int from,
        int width,
        float size) {
      float[] averages = moments[0];
      float[] squares = moments[1];
      float first = (float) (1 - beta1);
      float second = (float) (1 - beta2);
      for (int i = 0; i < width; i++) {
        float g = gradient[from + i];
        float average = averages[at + i];
        average += (g - average) * first;
        float square = squares[at + i];
        square += (g * g - square) * second;
        weight[at + i] -= size * (average / ((float) Math.sqrt(square) + EPS));
        averages[at + i] = Math.abs(average) < LEAST ? 0 : average;
        squares[at + i] = square < LEAST_SQUARE ? 0 : square;
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
    public void move(
        float[] weight,
        float[][] moments,
        int at,
        float[] gradient,
        int from,
        int width,
        float size) {
      float[] buffer = moments[0];
      for (int i = 0; i < width; i++) {
        float g = gradient[from + i];
        float direction = g;
        if (momentum != 0) {
          float b = momentum * buffer[at + i] + g;
          buffer[at + i] = Math.abs(b) < LEAST ? 0 : b;
          direction = nesterov ? g + momentum * b : b;
        }
        weight[at + i] -= size * direction;
      }
    }
  }
}
