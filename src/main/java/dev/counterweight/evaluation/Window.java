package dev.counterweight.evaluation;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * The newest scored rows; row i stands at i mod their number. Scores as {@link Score}s in float32:
 * areas are exact for scores that are apart in that, in p or in 1 - p by a 10^-7th of it.
 */
final class Window {
  private static final String DECISIONS = Prequential.PREFIX + "window.decisions";
  private static final String VALUES = Prequential.PREFIX + "window.values";
  private static final String RAW = Prequential.PREFIX + "window.scores.raw";
  private static final String SERVED = Prequential.PREFIX + "window.scores.served";

  /** Served scores alone, with fewer digits, as releases before wrote them. */
  private static final String OLDER = Prequential.PREFIX + "window.scores";

  private final int[] labels;
  private final int[] predictions;
  private final double[] weights;
  private final double[] losses;
  private final float[] raw;
  private final float[] served;
  private final int classes;
  private long first;

  Window(int classes, int rows) {
    this.classes = classes;
    this.labels = new int[rows];
    this.predictions = new int[rows];
    this.weights = new double[rows];
    this.losses = new double[rows];
    this.raw = new float[rows * classes];
    this.served = new float[rows * classes];
  }

  /** First of the rows kept, once {@code scored} rows came. */
  long oldest(long scored) {
    return Math.max(first, scored - labels.length);
  }

  private int slot(long row) {
    return (int) (row % labels.length);
  }

  void put(
      long row,
      int label,
      int prediction,
      double weight,
      double loss,
      double[] rawScores,
      double[] servedScores) {
    int slot = slot(row);
    labels[slot] = label;
    predictions[slot] = prediction;
    weights[slot] = weight;
    losses[slot] = loss;
    for (int c = 0; c < classes; c++) {
      raw[slot * classes + c] = (float) Score.of(rawScores, c);
      served[slot * classes + c] = (float) Score.of(servedScores, c);
    }
  }

  /** Metrics of the rows kept. */
  Metrics metrics(long scored) {
    Totals totals = new Totals(classes, 1);
    double[] probabilities = new double[classes];
    for (long row = oldest(scored); row < scored; row++) {
      int slot = slot(row);
      for (int c = 0; c < classes; c++) {
        probabilities[c] = Score.probability(served[slot * classes + c]);
      }
      totals.add(labels[slot], predictions[slot], weights[slot], losses[slot], probabilities);
    }
    return totals.metrics(rankings(scored, served), rankings(scored, raw));
  }

  /**
   * About the weighted mean loss of the rows kept, by the spread of the rows about it: normal, 95
   * %. Empty of fewer than two rows, which have no spread.
   */
  Optional<Interval> logLoss(long scored) {
    long oldest = oldest(scored);
    if (scored - oldest < 2) {
      return Optional.empty();
    }
    double weight = 0;
    double sum = 0;
    for (long row = oldest; row < scored; row++) {
      weight += weights[slot(row)];
      sum += weights[slot(row)] * losses[slot(row)];
    }
    double mean = sum / weight;
    double squares = 0;
    for (long row = oldest; row < scored; row++) {
      double off = weights[slot(row)] * (losses[slot(row)] - mean);
      squares += off * off;
    }
    return Optional.of(Interval.normal(mean, StrictMath.sqrt(squares) / weight));
  }

  /** Of each class, by scores of the rows kept. */
  private List<Ranking> rankings(long scored, float[] scores) {
    boolean[] present = new boolean[classes];
    for (long row = oldest(scored); row < scored; row++) {
      present[labels[slot(row)]] = true;
    }
    return IntStream.range(0, classes)
        .mapToObj(c -> present[c] ? ranking(c, scored, scores) : Ranking.ofTies())
        .toList();
  }

  /** Writes the rows kept, the oldest first. */
  void putState(SortedMap<String, Tensor> state, long scored) {
    long oldest = oldest(scored);
    int rows = (int) (scored - oldest);
    long[] decisions = new long[2 * rows];
    double[] values = new double[2 * rows];
    float[] rawScores = new float[classes * rows];
    float[] servedScores = new float[classes * rows];
    for (int i = 0; i < rows; i++) {
      int slot = slot(oldest + i);
      decisions[2 * i] = labels[slot];
      decisions[2 * i + 1] = predictions[slot];
      values[2 * i] = weights[slot];
      values[2 * i + 1] = losses[slot];
      System.arraycopy(raw, slot * classes, rawScores, i * classes, classes);
      System.arraycopy(served, slot * classes, servedScores, i * classes, classes);
    }
    state.put(DECISIONS, new Tensor.I64(decisions, rows, 2));
    state.put(VALUES, new Tensor.F64(values, rows, 2));
    state.put(RAW, new Tensor.F32(rawScores, rows, classes));
    state.put(SERVED, new Tensor.F32(servedScores, rows, classes));
  }

  /**
   * Checks what {@link #putState} wrote once {@code scored} rows had come, and gives what takes it
   * back; an older state, whose scores are not those kept here, leaves the window empty.
   */
  Runnable check(SafeTensors in, long scored) {
    if (in.has(OLDER) && !in.has(RAW) && !in.has(SERVED)) {
      return () -> first = scored;
    }
    long[] decisions = in.longs(DECISIONS, SafeTensors.ANY, 2);
    int kept = decisions.length / 2;
    if (kept > Math.min(scored, labels.length)) {
      throw new MalformedTensorsException(
          "tensor '%s' has %d rows: at most %d of %d are kept"
              .formatted(DECISIONS, kept, labels.length, scored));
    }
    for (long index : decisions) {
      if (index < 0 || index >= classes) {
        throw new MalformedTensorsException(
            "tensor '%s' has class %d: there are %d".formatted(DECISIONS, index, classes));
      }
    }
    double[] values = in.doubles(VALUES, kept, 2);
    float[] rawScores = in.floats(RAW, kept, classes);
    float[] servedScores = in.floats(SERVED, kept, classes);
    return () -> {
      first = scored - kept;
      for (int i = 0; i < kept; i++) {
        int slot = slot(first + i);
        labels[slot] = (int) decisions[2 * i];
        predictions[slot] = (int) decisions[2 * i + 1];
        weights[slot] = values[2 * i];
        losses[slot] = values[2 * i + 1];
        System.arraycopy(rawScores, i * classes, raw, slot * classes, classes);
        System.arraycopy(servedScores, i * classes, served, slot * classes, classes);
      }
    };
  }

  private Ranking ranking(int c, long scored, float[] scores) {
    // Ties keep the rows' order.
    long oldest = oldest(scored);
    int rows = (int) (scored - oldest);
    long[] ranked = new long[rows];
    for (int i = 0; i < rows; i++) {
      ranked[i] = (long) Score.rank(scores[slot(oldest + i) * classes + c]) << 32 | i;
    }
    Arrays.sort(ranked);
    Ranking ranking = Ranking.ofTies();
    for (int i = rows - 1; i >= 0; ) {
      long score = ranked[i] >> 32;
      double positive = 0;
      double negative = 0;
      for (; i >= 0 && ranked[i] >> 32 == score; i--) {
        int slot = slot(oldest + (int) ranked[i]);
        positive += labels[slot] == c ? weights[slot] : 0;
        negative += labels[slot] == c ? 0 : weights[slot];
      }
      ranking.group(positive, negative);
    }
    return ranking;
  }
}
