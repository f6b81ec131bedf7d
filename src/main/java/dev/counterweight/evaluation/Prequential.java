package dev.counterweight.evaluation;

import dev.counterweight.batch.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Test-then-train evaluation: every row is scored by a model that has not been trained on it, and
 * what the rows say is kept since the start, over the newest {@link #window} rows, and fading.
 *
 * <p>A row counts with its weight (1 / the chance that it was evaluated), so totals are those of
 * the stream. Memory is bounded by the window and the classes. Areas under curves are exact over
 * the window; since the start they are those of scores binned to 1/32 of a unit of their logit. The
 * whole state can be exported and restored; equal sequences of rows give equal states, bit for bit.
 * One thread.
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
  private final ScoreHistogram raw;
  private final ScoreHistogram served;
  private final Window window;
  private final Fading fading;
  private long scored;

  // Worked out when first asked for after a row: reports, meters and checkpoints ask for the same.
  private @Nullable Metrics knownTotal;
  private @Nullable Metrics knownRecent;

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
    this.raw = new ScoreHistogram(classes);
    this.served = new ScoreHistogram(classes);
    this.window = new Window(classes, window);
    this.fading = new Fading(classes);
  }

  /**
   * Takes one scored row. Arrays are the caller's, and not kept.
   *
   * @param label the row's class
   * @param prediction the class decided for
   * @param weight finite and above 0
   * @param rawScores K probabilities as the model learnt them, which sum to 1
   * @param servedScores K probabilities as served, which sum to 1
   */
  public void add(
      int label, int prediction, double weight, double[] rawScores, double[] servedScores) {
    if (label < 0 || label >= classes || prediction < 0 || prediction >= classes) {
      throw new IllegalArgumentException(
          "label %d, prediction %d: class indices of %d classes"
              .formatted(label, prediction, classes));
    }
    if (!(weight > 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException("weight " + weight + ": finite and above 0");
    }
    requireProbabilities(rawScores);
    requireProbabilities(servedScores);
    double loss = Math.min(-StrictMath.log(Math.min(1, servedScores[label])), MAX_LOSS);
    window.put(scored, label, prediction, weight, loss, servedScores);
    total.add(label, prediction, weight, loss, servedScores);
    fading.add(label, prediction, weight, loss, servedScores);
    raw.add(label, weight, rawScores);
    served.add(label, weight, servedScores);
    scored++;
    forget();
  }

  /** Rows the sliding window can hold. */
  public int window() {
    return window.capacity();
  }

  /** Rows scored since the start. */
  public long scored() {
    return scored;
  }

  /** Metrics of every row since the start. */
  public Metrics sinceStart() {
    if (knownTotal == null) {
      knownTotal = total.metrics(raw.areas(), served.areas());
    }
    return knownTotal;
  }

  /** Metrics of the newest rows, at most {@link #window} of them; areas of served scores alone. */
  public Metrics recent() {
    if (knownRecent == null) {
      knownRecent = window.metrics(scored);
    }
    return knownRecent;
  }

  /**
   * Metrics of all rows, each counting {@value Fading#FACTOR} of itself with every row that came
   * after it: the newest 2,048 or so tell. Without areas.
   */
  public Metrics fading() {
    return fading.metrics();
  }

  /** The state, as tensors whose names start with {@link #PREFIX}; a copy. */
  public SortedMap<String, Tensor> state() {
    int rows = (int) (scored - window.oldest(scored));
    long[] decisions = new long[2 * rows];
    double[] values = new double[2 * rows];
    float[] scores = new float[classes * rows];
    for (int i = 0; i < rows; i++) {
      int slot = window.slot(window.oldest(scored) + i);
      decisions[2 * i] = window.labels[slot];
      decisions[2 * i + 1] = window.predictions[slot];
      values[2 * i] = window.weights[slot];
      values[2 * i + 1] = window.losses[slot];
      System.arraycopy(window.served, slot * classes, scores, i * classes, classes);
    }
    SortedMap<String, Tensor> state = new TreeMap<>();
    total.putState(state, PREFIX);
    fading.putState(state, PREFIX);
    putDoubles(state, "scores.raw", raw.weights());
    putDoubles(state, "scores.served", served.weights());
    state.put(PREFIX + "window.decisions", new Tensor.I64(decisions, rows, 2));
    state.put(PREFIX + "window.scores", new Tensor.F32(scores, rows, classes));
    state.put(PREFIX + "window.values", new Tensor.F64(values, rows, 2));
    return state;
  }

  /**
   * Replaces the state by an exported one; tensors of other names are ignored.
   *
   * @throws IllegalArgumentException if a tensor is missing or does not fit
   */
  public void restore(SortedMap<String, Tensor> state) {
    forget();
    StateReader reader = new StateReader(state, PREFIX);
    total.restore(reader, "");
    fading.restore(reader);
    reader.into("scores.raw", raw.weights());
    reader.into("scores.served", served.weights());
    scored = total(total.rows);
    int kept = (int) (scored - window.oldest(scored));
    long[] decisions = reader.longs("window.decisions", 2 * kept);
    double[] values = reader.doubles("window.values", 2 * kept);
    float[] scores = reader.floats("window.scores", classes * kept);
    for (int i = 0; i < kept; i++) {
      int slot = window.slot(window.oldest(scored) + i);
      window.labels[slot] = requireClass(decisions[2 * i]);
      window.predictions[slot] = requireClass(decisions[2 * i + 1]);
      window.weights[slot] = values[2 * i];
      window.losses[slot] = values[2 * i + 1];
      System.arraycopy(scores, i * classes, window.served, slot * classes, classes);
    }
  }

  private void forget() {
    knownTotal = null;
    knownRecent = null;
  }

  private static long total(long[] rows) {
    long sum = 0;
    for (long row : rows) {
      if (row < 0 || row > Long.MAX_VALUE - sum) {
        throw new IllegalArgumentException(
            "state '%srows' is %s: counts of rows".formatted(PREFIX, Arrays.toString(rows)));
      }
      sum += row;
    }
    return sum;
  }

  private int requireClass(long index) {
    if (index < 0 || index >= classes) {
      throw new IllegalArgumentException(
          "state '%swindow.decisions' has class %d: there are %d"
              .formatted(PREFIX, index, classes));
    }
    return (int) index;
  }

  private static void putDoubles(SortedMap<String, Tensor> state, String name, double[] values) {
    state.put(PREFIX + name, new Tensor.F64(values.clone(), values.length));
  }

  private void requireProbabilities(double[] scores) {
    if (scores.length != classes) {
      throw new IllegalArgumentException(
          "%d scores: one for each of %d classes".formatted(scores.length, classes));
    }
    for (double score : scores) {
      if (!(score >= 0)) {
        throw new IllegalArgumentException("score " + score + ": a probability");
      }
    }
  }
}
