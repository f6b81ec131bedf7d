package dev.counterweight.serving;

/**
 * A linear layer, in float32. Of each output the terms are added to the bias in the order of the
 * inputs, without fused operations: a result is the same on every machine, and whether it is worked
 * out of one row or of many. Immutable.
 */
public final class Dense {
  /**
   * Inputs that one pass over the outputs takes: the most that HotSpot makes vector instructions
   * of.
   */
  private static final int TOGETHER = 4;

  /** Outputs transposed together, so that what is read of each stays in the cache. */
  private static final int BLOCK = 16;

  private final int inputs;
  private final int outputs;

  /**
   * By input, then output, so that the inner loop runs along outputs. An array for each input: with
   * an offset into one for all, HotSpot makes no vector instructions of that loop.
   */
  private final float[][] transposed;

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
    this.transposed = new float[inputs][outputs];
    this.bias = new float[outputs];
    System.arraycopy(biases, biasesAt, bias, 0, outputs);
    for (int o = 0; o < outputs; o += BLOCK) {
      transpose(weights, weightsAt, o, Math.min(outputs, o + BLOCK));
    }
  }

  private void transpose(float[] weights, int weightsAt, int from, int to) {
    for (int i = 0; i < inputs; i++) {
      for (int o = from; o < to; o++) {
        transposed[i][o] = weights[weightsAt + o * inputs + i];
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
   * @param y receives the outputs, and has room for no more
   */
  void apply(float[] x, float[] y) {
    System.arraycopy(bias, 0, y, 0, outputs);
    int i = 0;
    for (; i + TOGETHER <= inputs; i += TOGETHER) {
      add(
          x[i],
          transposed[i],
          x[i + 1],
          transposed[i + 1],
          x[i + 2],
          transposed[i + 2],
          x[i + 3],
          transposed[i + 3],
          y);
    }
    for (; i < inputs; i++) {
      add(x[i], transposed[i], y);
    }
  }

  private static void add(float a, float[] of, float[] y) {
    for (int o = 0; o < y.length; o++) {
      y[o] += a * of[o];
    }
  }

  /** Four inputs in one pass, in their order: outputs are read and written a quarter as often. */
  private static void add(
      float a,
      float[] ofA,
      float b,
      float[] ofB,
      float c,
      float[] ofC,
      float d,
      float[] ofD,
      float[] y) {
    for (int o = 0; o < y.length; o++) {
      y[o] = y[o] + a * ofA[o] + b * ofB[o] + c * ofC[o] + d * ofD[o];
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
        sum += outer[o] * transposed[i][o];
      }
      inner[i] = sum;
    }
  }
}
