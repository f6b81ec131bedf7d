package dev.counterweight.serving;

/**
 * A linear layer, in float32. Of each output the terms are added to the bias in the order of the
 * inputs, without fused operations: a result is the same on every machine, and whether it is worked
 * out of one row or of many. Immutable.
 */
public final class Dense {
  /** Rows of the transposed weights that one pass over the outputs takes. */
  private static final int TOGETHER = 4;

  private final int inputs;
  private final int outputs;

  /** That of input i and output o at i outputs + o, so that the inner loop runs along outputs. */
  private final float[] transposed;

  private final float[] bias;

  /**
   * Copies a layer's parameters.
   *
   * @param weights those of output o from {@code weightsAt} + o inputs, as PyTorch has them
   * @param biases those of the outputs from {@code biasesAt}
   */
  public Dense(
      int inputs, int outputs, float[] weights, int weightsAt, float[] biases, int biasesAt) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.transposed = new float[inputs * outputs];
    this.bias = new float[outputs];
    System.arraycopy(biases, biasesAt, bias, 0, outputs);
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputs; i++) {
        transposed[i * outputs + o] = weights[weightsAt + o * inputs + i];
      }
    }
  }

  int inputs() {
    return inputs;
  }

  int outputs() {
    return outputs;
  }

  /**
   * Writes the outputs of one row.
   *
   * @param x the inputs
   * @param y receives the outputs from {@code to} on
   */
  void apply(float[] x, float[] y, int to) {
    System.arraycopy(bias, 0, y, to, outputs);
    int i = 0;
    for (; i + TOGETHER <= inputs; i += TOGETHER) {
      addFour(x, i, y, to);
    }
    for (; i < inputs; i++) {
      float a = x[i];
      int from = i * outputs;
      for (int o = 0; o < outputs; o++) {
        y[to + o] += a * transposed[from + o];
      }
    }
  }

  /** Four inputs in one pass, in their order: outputs are read and written a quarter as often. */
  private void addFour(float[] x, int i, float[] y, int to) {
    float a = x[i];
    float b = x[i + 1];
    float c = x[i + 2];
    float d = x[i + 3];
    int from = i * outputs;
    for (int o = 0; o < outputs; o++) {
      y[to + o] =
          y[to + o]
              + a * transposed[from + o]
              + b * transposed[from + outputs + o]
              + c * transposed[from + 2 * outputs + o]
              + d * transposed[from + 3 * outputs + o];
    }
  }

  /**
   * The way back: of a derivative with respect to the outputs, that with respect to the inputs.
   *
   * @param outer receives nothing; one value an output
   * @param inner receives one value an input
   */
  void back(double[] outer, double[] inner) {
    for (int i = 0; i < inputs; i++) {
      double sum = 0;
      for (int o = 0; o < outputs; o++) {
        sum += outer[o] * transposed[i * outputs + o];
      }
      inner[i] = sum;
    }
  }
}
