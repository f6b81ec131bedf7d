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
  private final int inputs;
  private final int classes;

  /** Those of all candidates: they have their inputs in common. */
  private final WeightedSums firstLayers;

  /** By candidate, outputs of its first layer. */
  private final int[] widths;

  /** By candidate, the layers behind the first. */
  private final WeightedSums[][] further;

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
    this.activation = activation;
    this.added = added;
    int width = numbers.width();
    for (EmbeddingRows table : embeddings) {
      width += added ? 0 : table.width();
    }
    this.inputs = width;
    List<Dense> ofFirst = candidates.get(0);
    this.classes = ofFirst.get(ofFirst.size() - 1).outputs();
    int most = width;
    for (List<Dense> layers : candidates) {
      most = Math.max(most, requireFit(layers));
    }
    this.widest = most;
    this.firstLayers = new WeightedSums(candidates.stream().map(layers -> layers.get(0)).toList());
    this.widths = candidates.stream().mapToInt(layers -> layers.get(0).outputs()).toArray();
    this.further = candidates.stream().map(LayeredScores::further).toArray(WeightedSums[][]::new);
  }

  private static WeightedSums[] further(List<Dense> layers) {
    return layers.stream()
        .skip(1)
        .map(layer -> new WeightedSums(List.of(layer)))
        .toArray(WeightedSums[]::new);
  }

  private int requireFit(List<Dense> layers) {
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
    if (width != classes) {
      throw new IllegalArgumentException(
          "a candidate of %d classes beside one of %d".formatted(width, classes));
    }
    return most;
  }

  @Override
  public Worker worker() {
    return new Pass();
  }

  @Override
  public int candidates() {
    return further.length;
  }

  @Override
  public boolean explains() {
    return true;
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

  /** One candidate's layers behind the first, and what they made of the newest row. */
  private final class Net {
    private final WeightedSums[] layers;
    private final int first;

    /** Of each of these layers its outputs, before the function and behind it. */
    private final float[][] sums;

    private final float[][] values;

    /**
     * @param first of the outputs of its first layer, among those of all
     */
    Net(WeightedSums[] layers, int first) {
      this.layers = layers;
      this.first = first;
      this.sums = new float[layers.length][];
      this.values = new float[layers.length][];
      for (int layer = 0; layer < layers.length; layer++) {
        sums[layer] = new float[layers[layer].outputs()];
        values[layer] = new float[layers[layer].outputs()];
      }
    }

    /** Writes the scores, by the outputs of all first layers before the function and behind it. */
    void score(float[] firstSums, float[] firstValues, float[] scores, int to) {
      float[] made = firstSums;
      float[] input = firstValues;
      int at = first;
      for (int layer = 0; layer < layers.length; layer++) {
        made = sums[layer];
        layers[layer].of(input, at, made);
        at = 0;
        if (layer + 1 < layers.length) {
          input = values[layer];
          activate(made, input);
        }
      }
      System.arraycopy(made, at, scores, to, classes);
    }

    /** The gradient of a difference of scores with respect to the inputs, into {@code inner}. */
    void back(int of, int against, float[] firstSums, double[] outer, double[] inner) {
      Arrays.fill(outer, 0, classes, 0);
      outer[of] += 1;
      outer[against] -= 1;
      int width = classes;
      for (int layer = layers.length - 1; layer >= 0; layer--) {
        layers[layer].back(outer, 0, width, inner);
        float[] before = layer == 0 ? firstSums : sums[layer - 1];
        int at = layer == 0 ? first : 0;
        width = layers[layer].inputs();
        for (int o = 0; o < width; o++) {
          outer[o] = inner[o] * activation.slope(before[at + o]);
        }
      }
      firstLayers.back(outer, first, width, inner);
    }
  }

  private final class Pass implements Worker {
    private final float[] input = new float[inputs];
    private final float[] firstSums = new float[firstLayers.outputs()];
    private final float[] firstValues = new float[firstLayers.outputs()];
    private final Net[] nets = new Net[further.length];
    private final float[] vector = new float[widest];
    private final double[] outer = new double[widest];
    private final double[] inner = new double[widest];
    private float[] row = {};
    private int rowAt;

    Pass() {
      int first = 0;
      for (int j = 0; j < nets.length; j++) {
        nets[j] = new Net(further[j], first);
        first += widths[j];
      }
    }

    @Override
    public void score(float[] rows, int at, int n, float[] scores, int to) {
      int width = nets.length * classes;
      for (int r = 0; r < n; r++) {
        score(rows, at + r * columns, scores, to + r * width);
      }
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
      firstLayers.of(input, 0, firstSums);
      activate(firstSums, firstValues);
      for (int j = 0; j < nets.length; j++) {
        nets[j].score(firstSums, firstValues, scores, to + j * classes);
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
        nets[j].back(of, against, firstSums, outer, inner);
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
