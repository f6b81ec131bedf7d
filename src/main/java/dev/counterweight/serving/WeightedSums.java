package dev.counterweight.serving;

import java.util.List;

/**
 * What linear layers make of the same inputs, side by side, in float32. Of each output the terms
 * are added to the bias in the order of the inputs, without fused operations: a result is the same
 * on every machine, and whichever layers stand beside it. Immutable.
 */
final class WeightedSums {
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
   * Of many outputs by input, then output, so that the inner loop runs along outputs. An array for
   * each: with an offset into one for all, HotSpot makes no vector instructions of that loop. Of
   * few by pair of outputs, then input, then output; of an odd number the last is one of 0. So
   * HotSpot makes no vector instructions of a sum, which would take longer in its order.
   */
  private final float[][] weights;

  private final float[] bias;

  /**
   * Copies parameters.
   *
   * @param layers of as many inputs each
   */
  WeightedSums(List<Dense> layers) {
    this.inputs = layers.get(0).inputs();
    this.outputs = layers.stream().mapToInt(Dense::outputs).sum();
    this.wide = outputs >= WIDE;
    this.weights = new float[wide ? inputs : (outputs + 1) / 2][wide ? outputs : 2 * inputs];
    this.bias = new float[outputs];
    int first = 0;
    for (Dense layer : layers) {
      System.arraycopy(layer.biases(), layer.biasesAt(), bias, first, layer.outputs());
      for (int o = 0; o < layer.outputs(); o += BLOCK) {
        copy(layer, o, Math.min(layer.outputs(), o + BLOCK), first);
      }
      first += layer.outputs();
    }
  }

  private void copy(Dense layer, int from, int end, int first) {
    float[] of = layer.weights();
    for (int i = 0; i < inputs; i++) {
      for (int o = from; o < end; o++) {
        float weight = of[layer.weightsAt() + o * inputs + i];
        if (wide) {
          weights[i][first + o] = weight;
        } else {
          weights[(first + o) / 2][2 * i + (first + o) % 2] = weight;
        }
      }
    }
  }

  int inputs() {
    return inputs;
  }

  /** How many sums there are. */
  int outputs() {
    return outputs;
  }

  /**
   * Writes the sums of one row.
   *
   * @param x has the inputs
   * @param at where they begin
   * @param y receives the sums, and has room for no more
   */
  void of(float[] x, int at, float[] y) {
    System.arraycopy(bias, 0, y, 0, outputs);
    if (wide) {
      pass(x, at, y);
      return;
    }
    for (int o = 0; o < outputs; o += 2) {
      two(x, at, weights[o / 2], y, o);
    }
  }

  private void pass(float[] x, int at, float[] y) {
    int i = 0;
    for (; i + TOGETHER <= inputs; i += TOGETHER) {
      add(
          x[at + i],
          weights[i],
          x[at + i + 1],
          weights[i + 1],
          x[at + i + 2],
          weights[i + 2],
          x[at + i + 3],
          weights[i + 3],
          y);
    }
    for (; i < inputs; i++) {
      add(x[at + i], weights[i], y);
    }
  }

  private static void add(float a, float[] of, float[] y) {
    for (int o = 0; o < y.length; o++) {
      y[o] += a * of[o];
    }
  }

  /** Four inputs in one pass, in their order: sums are read and written a quarter as often. */
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

  /** Two sums at once, from {@code o} on: neither waits for the other. */
  private static void two(float[] x, int at, float[] of, float[] y, int o) {
    boolean both = o + 1 < y.length;
    float a = y[o];
    float b = both ? y[o + 1] : 0;
    for (int i = 0; i < of.length; i += 2) {
      float value = x[at + i / 2];
      a += value * of[i];
      b += value * of[i + 1];
    }
    y[o] = a;
    if (both) {
      y[o + 1] = b;
    }
  }

  /**
   * The way back of one of the layers: of a derivative with respect to its outputs, that with
   * respect to the inputs.
   *
   * @param outer one value an output of the layer
   * @param first of its outputs, among those of all
   * @param n its outputs
   * @param inner receives one value an input
   */
  void back(double[] outer, int first, int n, double[] inner) {
    for (int i = 0; i < inputs; i++) {
      double sum = 0;
      for (int o = 0; o < n; o++) {
        int output = first + o;
        sum += outer[o] * (wide ? weights[i][output] : weights[output / 2][2 * i + output % 2]);
      }
      inner[i] = sum;
    }
  }
}
