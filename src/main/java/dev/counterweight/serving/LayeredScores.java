package dev.counterweight.serving;

import java.util.Arrays;
import java.util.List;

/**
 * The forward pass of a linear model or of networks with hidden layers, in plain Java: normalised
 * numbers, then the vectors of the categories, through the layers in turn. In a linear model the
 * vectors are added to the scores instead. Candidates have layers of their own, and normalised
 * numbers and vectors in common. The one such pass: of evaluation and of serving alike.
 *
 * <p>Immutable if its parts are.
 */
public final class LayeredScores implements RawScores {
  private final int columns;
  private final Normalisation numbers;
  private final EmbeddingRows[] embeddings;
  private final Dense[][] candidates;
  private final Activation activation;
  private final boolean added;
  private final int widest;

  /**
   * @param columns of a row
   * @param embeddings of the categories, in order
   * @param candidates of each its layers, from the inputs to the classes
   * @param activation between layers
   * @param added whether vectors have a value a class and are added to the scores
   * @throws IllegalArgumentException if one part's outputs are not as many as the next one's inputs
   */
  public LayeredScores(
      int columns,
      Normalisation numbers,
      List<EmbeddingRows> embeddings,
      List<List<Dense>> candidates,
      Activation activation,
      boolean added) {
    this.columns = columns;
    this.numbers = numbers;
    this.embeddings = embeddings.toArray(EmbeddingRows[]::new);
    this.candidates =
        candidates.stream().map(layers -> layers.toArray(Dense[]::new)).toArray(Dense[][]::new);
    this.activation = activation;
    this.added = added;
    int width = numbers.width();
    for (EmbeddingRows table : embeddings) {
      width += added ? 0 : table.width();
    }
    int most = width;
    for (Dense[] layers : this.candidates) {
      most = Math.max(most, requireFit(layers, width));
    }
    this.widest = most;
  }

  private int requireFit(Dense[] layers, int inputs) {
    int width = inputs;
    int most = 0;
    for (Dense layer : layers) {
      if (layer.inputs() != width) {
        throw new IllegalArgumentException(
            "a layer of %d inputs behind %d outputs".formatted(layer.inputs(), width));
      }
      width = layer.outputs();
      most = Math.max(most, width);
    }
    Dense[] first = candidates[0];
    if (width != first[first.length - 1].outputs()) {
      throw new IllegalArgumentException(
          "a candidate of %d classes beside one of %d"
              .formatted(width, first[first.length - 1].outputs()));
    }
    return most;
  }

  @Override
  public Worker worker() {
    return new Pass();
  }

  @Override
  public int candidates() {
    return candidates.length;
  }

  @Override
  public boolean explains() {
    return true;
  }

  /** One candidate's layers, and what they made of the newest row. */
  private final class Net {
    private final Dense[] layers;

    /** Of each layer its inputs; the first one's are those of all candidates. */
    private final float[][] inputs;

    /** Of each layer its outputs, before the function. */
    private final float[][] sums;

    Net(Dense[] layers, float[] input) {
      this.layers = layers;
      this.inputs = new float[layers.length][];
      this.sums = new float[layers.length][];
      for (int layer = 0; layer < layers.length; layer++) {
        inputs[layer] = layer == 0 ? input : new float[layers[layer].inputs()];
        sums[layer] = new float[layers[layer].outputs()];
      }
    }

    /** Of the inputs as they stand, the scores. */
    float[] scores() {
      int last = layers.length - 1;
      for (int layer = 0; layer < last; layer++) {
        layers[layer].apply(inputs[layer], sums[layer]);
        activate(sums[layer], inputs[layer + 1]);
      }
      layers[last].apply(inputs[last], sums[last]);
      return sums[last];
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

    /** The gradient of a difference of scores with respect to the inputs, into {@code inner}. */
    void back(int of, int against, double[] outer, double[] inner) {
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

  private final class Pass implements Worker {
    private final float[] input = new float[candidates[0][0].inputs()];
    private final Net[] nets = new Net[candidates.length];
    private final float[] vector = new float[widest];
    private final double[] outer = new double[widest];
    private final double[] inner = new double[widest];
    private float[] row = {};
    private int rowAt;

    Pass() {
      for (int j = 0; j < nets.length; j++) {
        nets[j] = new Net(candidates[j], input);
      }
    }

    @Override
    public void score(float[] rows, int at, int n, float[] scores, int to) {
      int width = nets.length * classes();
      for (int r = 0; r < n; r++) {
        score(rows, at + r * columns, scores, to + r * width);
      }
    }

    private int classes() {
      Dense[] layers = candidates[0];
      return layers[layers.length - 1].outputs();
    }

    private void score(float[] rows, int at, float[] scores, int to) {
      row = rows;
      rowAt = at;
      numbers.apply(rows, at, input, 0);
      int end = numbers.width();
      for (int e = 0; !added && e < embeddings.length; e++) {
        embeddings[e].mean(rows, at, input, end);
        end += embeddings[e].width();
      }
      int classes = classes();
      for (int j = 0; j < nets.length; j++) {
        System.arraycopy(nets[j].scores(), 0, scores, to + j * classes, classes);
      }
      for (int e = 0; added && e < embeddings.length; e++) {
        embeddings[e].mean(rows, at, vector, 0);
        for (int i = 0; i < nets.length * classes; i++) {
          scores[to + i] += vector[i % classes];
        }
      }
    }

    @Override
    public void explain(int of, int against, double[] shares, double[] contributions) {
      Arrays.fill(contributions, 0);
      for (int j = 0; j < nets.length; j++) {
        nets[j].back(of, against, outer, inner);
        add(shares[j], contributions);
      }
      for (int e = 0; added && e < embeddings.length; e++) {
        embeddings[e].mean(row, rowAt, vector, 0);
        contributions[embeddings[e].firstColumn()] += (double) vector[of] - vector[against];
      }
    }

    /** What the inputs add by the gradient in {@code inner}. */
    private void add(double share, double[] contributions) {
      for (int i = 0; i < numbers.width(); i++) {
        contributions[numbers.column(i)] += share * (inner[i] * input[i]);
      }
      int at = numbers.width();
      for (int e = 0; !added && e < embeddings.length; e++) {
        double sum = 0;
        for (int i = 0; i < embeddings[e].width(); i++, at++) {
          sum += inner[at] * input[at];
        }
        contributions[embeddings[e].firstColumn()] += share * sum;
      }
    }
  }
}
