package dev.counterweight.evaluation;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Test-then-train evaluation: every row is scored by a model that has not been trained on it, and
 * what the rows say is kept since the start, over the newest rows, those of a window, and fading.
 *
 * <p>A row counts with its weight (1 / the chance that it was evaluated), so totals are those of
 * the stream. Memory is bounded by the window and the classes. Areas under curves are exact over
 * the window, for scores that are apart in float32, and since the start as long as the window has
 * every row; beyond it they are those of scores binned to 1/32 of a unit of their logit, and come
 * with a bound of their error ({@link Ranking}). The whole state can be exported and restored;
 * equal sequences of rows give equal states, bit for bit. Not thread-safe.
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

  /** What a row counts for in fading sums once another came. */
  public static final double FADING = 1 - 1.0 / 2048;

  private final int classes;
  private final Totals total;
  private final ScoreHistogram raw;
  private final ScoreHistogram served;
  private final Window window;
  private final Totals fading;
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
    this.total = new Totals(classes, 1);
    this.raw = new ScoreHistogram(classes);
    this.served = new ScoreHistogram(classes);
    this.window = new Window(classes, window);
    this.fading = new Totals(classes, FADING);
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
    double loss = loss(servedScores[label]);
    window.put(scored, label, prediction, weight, loss, rawScores, servedScores);
    total.add(label, prediction, weight, loss, servedScores);
    fading.add(label, prediction, weight, loss, servedScores);
    raw.add(label, weight, rawScores);
    served.add(label, weight, servedScores);
    scored++;
    forget();
  }

  /** Loss of a row whose class was given this probability, in nats. */
  static double loss(double probability) {
    return Math.min(-StrictMath.log(Math.min(1, probability)), MAX_LOSS);
  }

  /** Metrics of every row since the start. */
  public Metrics sinceStart() {
    if (knownTotal == null) {
      knownTotal =
          window.oldest(scored) == 0
              ? total.metrics(recent().served(), recent().raw())
              : total.metrics(served.rankings(), raw.rankings());
    }
    return knownTotal;
  }

  /** Metrics of the newest rows, at most as many as the window holds. */
  public Metrics recent() {
    if (knownRecent == null) {
      knownRecent = window.metrics(scored);
    }
    return knownRecent;
  }

  /** About the log loss of {@link #recent}; empty of fewer than two rows. */
  public Optional<Interval> recentLogLoss() {
    return window.logLoss(scored);
  }

  /**
   * Metrics of all rows, each counting {@value #FADING} of itself with every row that came after
   * it: the newest 2,048 or so tell. Without areas.
   */
  public Metrics fading() {
    List<Ranking> none = Collections.nCopies(classes, Ranking.ofTies());
    return fading.metrics(none, none);
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

  private void forget() {
    knownTotal = null;
    knownRecent = null;
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
