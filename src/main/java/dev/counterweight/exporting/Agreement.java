package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.util.List;
import java.util.Map;

/**
 * How far what an exported file tells of rows is from what the scorer tells of them.
 *
 * @param rows compared
 * @param largest difference of a probability; infinite if one of the two has none
 * @param decided rows decided otherwise, those left out that hang on less than rounding
 */
public record Agreement(int rows, double largest, int decided) {
  /** An exported file's probabilities are float32, and sums in it may be in another order. */
  public static final double MOST = 1e-5;

  /** Whether the file may stand for the scorer. */
  public boolean holds() {
    return largest <= MOST && decided == 0;
  }

  /**
   * Compares.
   *
   * @param probabilities K a row, as the file tells them
   * @param decisions class indices, -1 for none
   */
  public static Agreement of(
      ServedModel model,
      CheckpointManifest.Serving rule,
      float[] columns,
      float[] probabilities,
      long[] decisions) {
    int k = model.classes().size();
    Scratch scratch = model.scratch();
    Closeness closeness = new Closeness(rule, model.classes());
    double largest = 0;
    int decided = 0;
    for (int row = 0; row < decisions.length; row++) {
      model.score(columns, row * model.features().columnCount(), scratch);
      for (int c = 0; c < k; c++) {
        largest = Math.max(largest, apart(scratch.probabilities()[c], probabilities[row * k + c]));
      }
      if (decisions[row] != scratch.decision()
          && !(scratch.scored() && closeness.near(scratch.raw(), scratch.probabilities()))) {
        decided++;
      }
    }
    return new Agreement(decisions.length, largest, decided);
  }

  private static double apart(double ours, double theirs) {
    if (Double.isNaN(ours) || Double.isNaN(theirs)) {
      return Double.isNaN(ours) && Double.isNaN(theirs) ? 0 : Double.POSITIVE_INFINITY;
    }
    return Math.abs(ours - theirs);
  }

  /** Whether a decision hangs on less than rounding. */
  private static final class Closeness {
    private static final double NEAR = 1e-4;

    private final CheckpointManifest.Serving rule;
    private final List<String> classes;
    private final int of;

    Closeness(CheckpointManifest.Serving rule, List<String> classes) {
      this.rule = rule;
      this.classes = classes;
      this.of = rule.decisionClass() == null ? -1 : classes.indexOf(rule.decisionClass());
    }

    boolean near(double[] raw, double[] served) {
      double[] scores = balanced(raw, served);
      Double threshold = rule.threshold();
      if (of >= 0 && threshold != null) {
        if (Math.abs(served[of] - threshold) <= MOST) {
          return true;
        }
        scores[of] = Double.NEGATIVE_INFINITY;
        return twoBest(scores);
      }
      if (rule.costs() != null) {
        return twoBest(gains(rule.costs(), served));
      }
      return twoBest(rule.decision().equals("argmax-calibrated") ? served : scores);
    }

    /** The logarithms of what balanced decisions go by: they are off as scores are. */
    private double[] balanced(double[] raw, double[] served) {
      Map<String, Double> weights = rule.decisionWeights();
      double[] logs = new double[raw.length];
      for (int c = 0; c < logs.length; c++) {
        logs[c] =
            Math.log(
                weights == null ? raw[c] : served[c] * weights.getOrDefault(classes.get(c), 0.0));
      }
      return logs;
    }

    private static double[] gains(List<Double> costs, double[] served) {
      double[] gains = new double[served.length];
      for (int i = 0; i < costs.size(); i++) {
        gains[i % gains.length] -= served[i / gains.length] * costs.get(i);
      }
      return gains;
    }

    private static boolean twoBest(double[] values) {
      double best = Double.NEGATIVE_INFINITY;
      double second = Double.NEGATIVE_INFINITY;
      for (double value : values) {
        second = Math.max(second, Math.min(best, value));
        best = Math.max(best, value);
      }
      return best - second <= NEAR * Math.max(1, Math.abs(best));
    }
  }
}
