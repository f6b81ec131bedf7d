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

  /**
   * Outputs from which on passes over them pay. Those of fewer are no passes at all, either, since
   * HotSpot would then expect all of them to be short.
   */
  private static final int WIDE = 8;

  private final int inputs;
  private final int outputs;
  private final boolean wide;

  /**
   * Of a wide layer by input, then output, so that the inner loop runs along outputs; of others by
   * output, then input. An array for each: with an offset into one for all, HotSpot makes no vector
   * instructions of that loop.
   */
  private final float[][] weights;

  private final float[] bias;

  /**
   * Copies a layer's parameters.
   *
   * @param from those of output o from {@code weightsAt} + o inputs, as PyTorch has them
   * @param biases those of the outputs from {@code biasesAt}
   */
  public Dense(int inputs, int outputs, float[] from, int weightsAt, float[] biases, int biasesAt) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.wide = outputs >= WIDE;
    this.weights = wide ? new float[inputs][outputs] : new float[outputs][inputs];
    this.bias = new float[outputs];
    System.arraycopy(biases, biasesAt, bias, 0, outputs);
    for (int o = 0; o < outputs; o += wide ? BLOCK : 1) {
      if (wide) {
        transpose(from, weightsAt, o, Math.min(outputs, o + BLOCK));
      } else {
        System.arraycopy(from, weightsAt + o * inputs, weights[o], 0, inputs);
      }
    }
  }

  private void transpose(float[] from, int at, int first, int end) {
    for (int i = 0; i < inputs; i++) {
      for (int o = first; o < end; o++) {
        weights[i][o] = from[at + o * inputs + i];
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
    if (wide) {
      pass(x, y);
      return;
    }
    for (int o = 0; o < outputs; o++) {
      float sum = bias[o];
      float[] of = weights[o];
      for (int i = 0; i < of.length; i++) {
        sum += x[i] * of[i];
      }
      y[o] = sum;
    }
  }

  private void pass(float[] x, float[] y) {
    System.arraycopy(bias, 0, y, 0, outputs);
    int i = 0;
    for (; i + TOGETHER <= inputs; i += TOGETHER) {
      add(
          x[i],
          weights[i],
          x[i + 1],
          weights[i + 1],
          x[i + 2],
          weights[i + 2],
          x[i + 3],
          weights[i + 3],
          y);
    }
    for (; i < inputs; i++) {
      add(x[i], weights[i], y);
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
   * @param outer one value an output
   * @param inner receives one value an input
   */
  void back(double[] outer, double[] inner) {
    for (int i = 0; i < inputs; i++) {
      double sum = 0;
      for (int o = 0; o < outputs; o++) {
        sum += outer[o] * (wide ? weights[i][o] : weights[o][i]);
      }
      inner[i] = sum;
    }
  }
}
