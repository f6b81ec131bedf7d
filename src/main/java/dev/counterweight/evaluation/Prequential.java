package dev.counterweight.evaluation;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Test-then-train evaluation: every row is scored by a model that has not been trained on it, and
 * what the rows say is kept since the start, over the newest {@link #window} rows, and fading.
 *
 * <p>A row counts with its weight (1 / the chance that it was evaluated), so totals are those of
 * the stream. Memory is bounded by the window and the classes. Areas under curves are exact over
 * the window, for scores that are apart in float32, and since the start as long as the window has
 * every row; beyond it they are those of scores binned to 1/32 of a unit of their logit, and come
 * with a bound of their error ({@link Metrics#rocAucError}, {@link Metrics#prAucError}). The whole
 * state can be exported and restored; equal sequences of rows give equal states, bit for bit. Not
 * thread-safe.
 */
public final class Prequential implements Stateful {
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
  private @Nullable Areas knownRaw;
  private @Nullable Areas knownServed;

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
    window.put(scored, label, prediction, weight, loss, rawScores, servedScores);
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
      boolean kept = window.oldest(scored) == 0;
      knownTotal =
          total.metrics(kept ? recentRaw() : raw.areas(), kept ? recentServed() : served.areas());
    }
    return knownTotal;
  }

  /** Metrics of the newest rows, at most {@link #window} of them. */
  public Metrics recent() {
    if (knownRecent == null) {
      knownRecent = window.metrics(scored, recentRaw(), recentServed());
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

  /** An older state, whose window has served scores alone, leaves the window empty. */
  @Override
  public void declare(State all) {
    State state = all.in(PREFIX);
    total.declare(state);
    fading.declare(state.in("fading."));
    state
        .doubles("scores.raw", raw.weights())
        .doubles("scores.served", served.weights())
        .notNegative("scores.raw", "scores.served")
        .part(
            out -> window.putState(out, scored),
            in -> {
              long rows = total(in.longs(PREFIX + "rows", classes));
              Runnable kept = window.check(in, rows);
              return () -> {
                scored = rows;
                kept.run();
                forget();
              };
            });
  }

  private Areas recentRaw() {
    if (knownRaw == null) {
      knownRaw = window.areas(scored, window.raw);
    }
    return knownRaw;
  }

  private Areas recentServed() {
    if (knownServed == null) {
      knownServed = window.areas(scored, window.served);
    }
    return knownServed;
  }

  private void forget() {
    knownTotal = null;
    knownRecent = null;
    knownRaw = null;
    knownServed = null;
  }

  private static long total(long[] rows) {
    long sum = 0;
    for (long row : rows) {
      if (row > Long.MAX_VALUE - sum) {
        throw new MalformedTensorsException(
            "tensor '%srows' is %s: counts of rows".formatted(PREFIX, Arrays.toString(rows)));
      }
      sum += row;
    }
    return sum;
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
