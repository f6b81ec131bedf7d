package dev.counterweight.evaluation;

import dev.counterweight.batch.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Test-then-train evaluation: every row is scored by a model that has not been trained on it, and
 * what the rows say is kept since the start and over the newest {@link #window} rows.
 *
 * <p>A row counts with its weight (1 / the chance that it was evaluated), so totals are those of
 * the stream. Memory is bounded by the window. The whole state can be exported and restored; equal
 * sequences of rows give equal states, bit for bit. One thread.
 */
public final class Prequential {
  /** Scored rows in the sliding window unless told otherwise. */
  public static final int DEFAULT_WINDOW = 4096;

  /** Prefix of the names of the exported tensors. */
  public static final String PREFIX = "evaluation.";

  /**
   * A row's loss is at most this (p = 2^-52), so that one sure error cannot make a mean infinite.
   */
  public static final double MAX_LOSS = 52 * StrictMath.log(2);

  private final int classes;
  private final Totals total;

  /** Labels, predictions, weights and losses of the newest rows; row i stands at i mod window. */
  private final int[] labels;

  private final int[] predictions;
  private final double[] weights;
  private final double[] losses;
  private long scored;

  /** An evaluation of {@code classes} classes with the default window. */
  public Prequential(int classes) {
    this(classes, DEFAULT_WINDOW);
  }

  /**
   * An evaluation without rows.
   *
   * @param classes number of classes, at least 2
   * @param window rows in the sliding window, at least 1
   */
  public Prequential(int classes, int window) {
    if (classes < 2 || window < 1) {
      throw new IllegalArgumentException(
          "classes " + classes + ", window " + window + ": at least 2 and 1");
    }
    this.classes = classes;
    this.total = new Totals(classes);
    this.labels = new int[window];
    this.predictions = new int[window];
    this.weights = new double[window];
    this.losses = new double[window];
  }

  /**
   * Takes one scored row.
   *
   * @param label the row's class
   * @param prediction the class decided for
   * @param weight finite and above 0
   * @param loss -ln of the probability served for the row's class, in nats; not NaN
   */
  public void add(int label, int prediction, double weight, double loss) {
    if (label < 0 || label >= classes || prediction < 0 || prediction >= classes) {
      throw new IllegalArgumentException(
          "label %d, prediction %d: class indices of %d classes"
              .formatted(label, prediction, classes));
    }
    if (!(weight > 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException("weight " + weight + ": finite and above 0");
    }
    if (Double.isNaN(loss)) {
      throw new IllegalArgumentException("loss NaN: the model's scores are not numbers");
    }
    int slot = (int) (scored % labels.length);
    labels[slot] = label;
    predictions[slot] = prediction;
    weights[slot] = weight;
    losses[slot] = Math.min(Math.max(loss, 0), MAX_LOSS);
    total.add(label, prediction, weight, losses[slot]);
    scored++;
  }

  /** Rows the sliding window can hold. */
  public int window() {
    return labels.length;
  }

  /** Rows scored since the start. */
  public long scored() {
    return scored;
  }

  /** Metrics of every row since the start. */
  public Metrics sinceStart() {
    return total.metrics();
  }

  /** Metrics of the newest rows, at most {@link #window} of them. */
  public Metrics recent() {
    Totals recent = new Totals(classes);
    for (long row = oldest(); row < scored; row++) {
      int slot = (int) (row % labels.length);
      recent.add(labels[slot], predictions[slot], weights[slot], losses[slot]);
    }
    return recent.metrics();
  }

  /** The state, as tensors whose names start with {@link #PREFIX}; a copy. */
  public SortedMap<String, Tensor> state() {
    int rows = (int) (scored - oldest());
    long[] decisions = new long[2 * rows];
    double[] values = new double[2 * rows];
    for (int i = 0; i < rows; i++) {
      int slot = (int) ((oldest() + i) % labels.length);
      decisions[2 * i] = labels[slot];
      decisions[2 * i + 1] = predictions[slot];
      values[2 * i] = weights[slot];
      values[2 * i + 1] = losses[slot];
    }
    SortedMap<String, Tensor> state = new TreeMap<>();
    state.put(PREFIX + "confusion", new Tensor.F64(total.confusion.clone(), classes, classes));
    state.put(PREFIX + "rows", new Tensor.I64(total.rows.clone(), classes));
    state.put(
        PREFIX + "sums", new Tensor.F64(new double[] {total.squaredWeight, total.weightedLoss}, 2));
    state.put(PREFIX + "window.decisions", new Tensor.I64(decisions, rows, 2));
    state.put(PREFIX + "window.values", new Tensor.F64(values, rows, 2));
    return state;
  }

  /**
   * Replaces the state by an exported one; tensors of other names are ignored.
   *
   * @throws IllegalArgumentException if a tensor is missing or does not fit
   */
  public void restore(SortedMap<String, Tensor> state) {
    double[] confusion = doubles(state, "confusion", classes * classes);
    long[] rows = longs(state, "rows", classes);
    double[] sums = doubles(state, "sums", 2);
    long count = Arrays.stream(rows).sum();
    int kept = (int) Math.min(count, labels.length);
    long[] decisions = longs(state, "window.decisions", 2 * kept);
    double[] values = doubles(state, "window.values", 2 * kept);
    System.arraycopy(confusion, 0, total.confusion, 0, confusion.length);
    System.arraycopy(rows, 0, total.rows, 0, rows.length);
    total.squaredWeight = sums[0];
    total.weightedLoss = sums[1];
    scored = count;
    for (int i = 0; i < kept; i++) {
      int slot = (int) ((oldest() + i) % labels.length);
      labels[slot] = (int) decisions[2 * i];
      predictions[slot] = (int) decisions[2 * i + 1];
      weights[slot] = values[2 * i];
      losses[slot] = values[2 * i + 1];
    }
  }

  private long oldest() {
    return Math.max(0, scored - labels.length);
  }

  private static double[] doubles(SortedMap<String, Tensor> state, String name, int length) {
    if (state.get(PREFIX + name) instanceof Tensor.F64 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "F64", length);
  }

  private static long[] longs(SortedMap<String, Tensor> state, String name, int length) {
    if (state.get(PREFIX + name) instanceof Tensor.I64 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "I64", length);
  }

  private static IllegalArgumentException misfit(String name, String type, int length) {
    return new IllegalArgumentException(
        "state '%s%s' must be %s of %d values".formatted(PREFIX, name, type, length));
  }

  /** Sums over rows, in the order in which they came. */
  private static final class Totals {
    private final double[] confusion;
    private final long[] rows;
    private double squaredWeight;
    private double weightedLoss;

    Totals(int classes) {
      this.confusion = new double[classes * classes];
      this.rows = new long[classes];
    }

    void add(int label, int prediction, double weight, double loss) {
      confusion[label * rows.length + prediction] += weight;
      rows[label]++;
      squaredWeight += weight * weight;
      weightedLoss += weight * loss;
    }

    Metrics metrics() {
      return new Metrics(confusion.clone(), rows.clone(), squaredWeight, weightedLoss);
    }
  }
}
