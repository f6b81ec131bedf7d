package dev.counterweight.serving;

import java.util.Arrays;
import java.util.List;

/**
 * The forward pass of a linear model or of a network with hidden layers, in plain Java: normalised
 * numbers, then the vectors of the categories, through the layers in turn. In a linear model the
 * vectors are added to the scores instead. The one such pass: of evaluation and of serving alike.
 *
 * <p>Immutable if its parts are.
 */
public final class LayeredScores implements RawScores {
  private final int columns;
  private final Normalisation numbers;
  private final EmbeddingRows[] embeddings;
  private final Dense[] layers;
  private final Activation activation;
  private final boolean added;
  private final int widest;

  /**
   * @param columns of a row
   * @param embeddings of the categories, in order
   * @param layers from the inputs to the classes; with one, vectors are added to the scores
   * @param activation between layers
   * @param added whether vectors have a value a class and are added to the scores
   * @throws IllegalArgumentException if one part's outputs are not as many as the next one's inputs
   */
  public LayeredScores(
      int columns,
      Normalisation numbers,
      List<EmbeddingRows> embeddings,
      List<Dense> layers,
      Activation activation,
      boolean added) {
    this.columns = columns;
    this.numbers = numbers;
    this.embeddings = embeddings.toArray(EmbeddingRows[]::new);
    this.layers = layers.toArray(Dense[]::new);
    this.activation = activation;
    this.added = added;
    int width = numbers.width();
    for (EmbeddingRows table : embeddings) {
      width += added ? 0 : table.width();
    }
    int most = width;
    for (Dense layer : layers) {
      if (layer.inputs() != width) {
        throw new IllegalArgumentException(
            "a layer of %d inputs behind %d outputs".formatted(layer.inputs(), width));
      }
      width = layer.outputs();
      most = Math.max(most, width);
    }
    this.widest = most;
  }

  @Override
  public Worker worker() {
    return new Pass();
  }

  @Override
  public boolean explains() {
    return true;
  }

  private final class Pass implements Worker {
    /** Of each layer its inputs. */
    private final float[][] inputs = new float[layers.length][];

    /** Of each layer its outputs, before the function. */
    private final float[][] sums = new float[layers.length][];

    private final float[] vector = new float[widest];
    private final double[] outer = new double[widest];
    private final double[] inner = new double[widest];
    private float[] row = {};
    private int rowAt;

    Pass() {
      for (int layer = 0; layer < layers.length; layer++) {
        inputs[layer] = new float[layers[layer].inputs()];
        sums[layer] = new float[layers[layer].outputs()];
      }
    }

    @Override
    public void score(float[] rows, int at, int n, float[] scores, int to) {
      int classes = layers[layers.length - 1].outputs();
      for (int r = 0; r < n; r++) {
        score(rows, at + r * columns, scores, to + r * classes);
      }
    }

    private void score(float[] rows, int at, float[] scores, int to) {
      row = rows;
      rowAt = at;
      numbers.apply(rows, at, inputs[0], 0);
      int end = numbers.width();
      for (int e = 0; !added && e < embeddings.length; e++) {
        embeddings[e].mean(rows, at, inputs[0], end);
        end += embeddings[e].width();
      }
      int last = layers.length - 1;
      for (int layer = 0; layer < last; layer++) {
        layers[layer].apply(inputs[layer], sums[layer]);
        activate(sums[layer], inputs[layer + 1]);
      }
      layers[last].apply(inputs[last], sums[last]);
      System.arraycopy(sums[last], 0, scores, to, sums[last].length);
      for (int e = 0; added && e < embeddings.length; e++) {
        embeddings[e].mean(rows, at, vector, 0);
        for (int c = 0; c < embeddings[e].width(); c++) {
          scores[to + c] += vector[c];
        }
      }
    }

    private void activate(float[] sums, float[] values) {
      if (activation == Activation.RELU) {
        // By itself, so that it is vectorised.
        for (int i = 0; i < sums.length; i++) {
          values[i] = Math.max(sums[i], 0);
        }
        return;
      }
      for (int i = 0; i < sums.length; i++) {
        values[i] = activation.of(sums[i]);
      }
    }

    @Override
    public void explain(int of, int against, double[] contributions) {
      Arrays.fill(contributions, 0);
      back(of, against);
      for (int i = 0; i < numbers.width(); i++) {
        contributions[numbers.column(i)] += inner[i] * inputs[0][i];
      }
      int at = numbers.width();
      for (EmbeddingRows table : embeddings) {
        double sum = 0;
        if (added) {
          table.mean(row, rowAt, vector, 0);
          sum = (double) vector[of] - vector[against];
        }
        for (int i = 0; !added && i < table.width(); i++, at++) {
          sum += inner[at] * inputs[0][at];
        }
        contributions[table.firstColumn()] += sum;
      }
    }

    /** The gradient with respect to the inputs, into {@code inner}. */
    private void back(int of, int against) {
      int last = layers.length - 1;
      Arrays.fill(outer, 0, layers[last].outputs(), 0);
      outer[of] += 1;
      outer[against] -= 1;
      layers[last].back(outer, inner);
      for (int layer = last - 1; layer >= 0; layer--) {
        for (int o = 0; o < layers[layer].outputs(); o++) {
          outer[o] = inner[o] * activation.slope(sums[layer][o]);
        }
        layers[layer].back(outer, inner);
      }
    }
  }
}
