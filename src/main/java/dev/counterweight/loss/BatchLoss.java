package dev.counterweight.loss;

import dev.counterweight.loss.LossConfig.Reduction;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * The loss of a slice of rows and its gradient with respect to their scores: {@code sum_i u_i
 * l(z_i, y_i) / d}, where u is the weight of a row's loss, and d the number of rows ({@code
 * BATCH_MEAN}), the sum of the weights ({@code MEAN}) or 1 ({@code SUM}).
 *
 * <p>Class weights inside the loss are one of three: none, a job's case, whose rows carry all the
 * weight; fixed, in the sense of PyTorch's {@code weight=}, which enter the denominator of {@code
 * MEAN} too; or worked out on the slice, the formula {@code batch}: {@code w_c = n / (K sum of u
 * over the rows of c)}. With rows of equal weight that is n / (K rows of c): every class present
 * weighs the same in the slice, and a class that is absent nothing, without the others' weighing
 * more for it.
 *
 * <p>A class that has not been {@link Counted} stays out of the softmax of a slice that has no row
 * of it: no gradient reaches its scores.
 *
 * <p>Reuses scratch memory: one thread at a time.
 */
public final class BatchLoss {
  private final Loss loss;
  private final Reduction reduction;
  private final boolean perSlice;
  private final float[] classWeights;
  private final double[] row;
  private final Counted counted;
  private final boolean[] out;

  /**
   * @param perSlice whether class weights are worked out on each slice
   * @param classWeights K fixed class weights inside the loss otherwise; ones for none
   */
  public BatchLoss(Loss loss, Reduction reduction, boolean perSlice, float[] classWeights) {
    this.loss = loss;
    this.reduction = reduction;
    this.perSlice = perSlice;
    this.classWeights = classWeights.clone();
    this.row = new double[classWeights.length];
    this.counted = new Counted(classWeights.length);
    this.out = new boolean[classWeights.length];
  }

  /** The loss as a job configures it. */
  public static BatchLoss of(LossConfig config, int classes) {
    float[] ones = new float[classes];
    Arrays.fill(ones, 1);
    return new BatchLoss(
        Loss.of(config, classes), config.reduction(), config.balancedPerSlice(), ones);
  }

  /** As {@link Loss#observe}. */
  public void observe(float[] prior, float[] classWeight) {
    loss.observe(prior, classWeight);
    counted.observe(prior);
  }

  /** The loss of n rows that one network scored. */
  public double of(
      float[] scores, long[] labels, float[] rowWeights, int from, int n, FloatBuffer gradient) {
    return of(scores, 1, 1, labels, rowWeights, from, n, gradient);
  }

  /**
   * The loss of n rows. A slice without any weight has loss 0 under every reduction, not 0/0.
   *
   * @param scores n x K raw scores of each network in turn
   * @param networks that scored these rows
   * @param told how many of them, the first, the loss is told of
   * @param labels class indices, the first at {@code from}
   * @param rowWeights weights of the rows' losses, likewise
   * @param gradient receives derivatives of each network's loss, as {@code scores} lie
   * @return the mean over the networks that it is told of; not finite if that of one network is
   *     not, told or not
   */
  public double of(
      float[] scores,
      int networks,
      int told,
      long[] labels,
      float[] rowWeights,
      int from,
      int n,
      FloatBuffer gradient) {
    if (perSlice) {
      balance(labels, rowWeights, from, n);
    }
    leaveOut(labels, from, n);
    double denominator = denominator(labels, rowWeights, from, n);
    double total = 0;
    double untold = 0;
    int at = 0;
    for (int of = 0; of < networks * n; of++) {
      int i = from + of % n;
      double weight = rowWeights[i] / denominator;
      for (int c = 0; c < row.length; c++) {
        row[c] = out[c] ? Double.NEGATIVE_INFINITY : scores[at + c];
      }
      double own = weight * loss.row(row, (int) labels[i], classWeights);
      total += of < told * n ? own : 0;
      untold += of < told * n ? 0 : own;
      for (double derivative : row) {
        gradient.put(at++, (float) (weight * derivative));
      }
    }
    return Double.isFinite(untold) ? total / told : untold;
  }

  /** The classes not counted yet, but for those of the slice's rows. */
  private void leaveOut(long[] labels, int from, int n) {
    for (int c = 0; c < out.length; c++) {
      out[c] = !counted.has(c);
    }
    for (int i = from; i < from + n; i++) {
      out[(int) labels[i]] = false;
    }
  }

  private void balance(long[] labels, float[] rowWeights, int from, int n) {
    // The row's scratch holds the sums until the first row's loss is asked for.
    Arrays.fill(row, 0);
    for (int i = from; i < from + n; i++) {
      row[(int) labels[i]] += rowWeights[i];
    }
    for (int c = 0; c < row.length; c++) {
      classWeights[c] = row[c] > 0 ? (float) (n / (row.length * row[c])) : 0;
    }
  }

  private double denominator(long[] labels, float[] rowWeights, int from, int n) {
    return switch (reduction) {
      case BATCH_MEAN -> n;
      case SUM -> 1;
      case MEAN -> {
        double sum = 0;
        for (int i = from; i < from + n; i++) {
          sum += (double) rowWeights[i] * classWeights[(int) labels[i]];
        }
        yield sum > 0 ? sum : 1;
      }
    };
  }
}
