package dev.counterweight.learning;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Standardises features by their running weighted mean and standard deviation: (x - mean) / std,
 * clipped to +-10. A column that does not vary is only centred. Beside them, on request, stand
 * {@linkplain QuantileCopies copies by rank}, one a feature.
 *
 * <p>One value cannot blind a column that has varied: what lies more than {@value #MAX_STDS}
 * standard deviations from the mean enters the statistics as if it lay there, and beyond {@value
 * #LARGEST} not at all. The first value that differs from those before it is taken as it is up to
 * that limit: nothing says yet what is far.
 *
 * <p>Accumulates in double with Welford's update, weighted as by West (1979), so that the
 * statistics depend on the rows and their order alone and come back exactly from {@link #state}.
 * Not thread-safe.
 */
public final class Normalizer implements Stateful {
  private static final double CLIP = 10;

  /**
   * A std below this share of the column's mean is rounding, not variation; so is one that float32
   * does not hold: a std in a model file is above 0.
   */
  private static final double NEGLIGIBLE = 1e-7;

  /** Real columns with heavy tails stay below it. */
  private static final double MAX_STDS = 1000;

  /** Beyond it the square of a value is more than float32 holds. */
  private static final double LARGEST = 1e18;

  private final int features;
  private final double[] mean;
  private final double[] m2;
  private final double[] inverseStd;
  private final float[] standardised;
  private final @Nullable QuantileCopies copies;
  private double weight;

  /**
   * @param intervals between the quantiles of a copy by rank; 0 for no copies
   * @param seed of the sample that the quantiles are of
   */
  public Normalizer(int features, int intervals, long seed) {
    this.features = features;
    this.copies = intervals > 0 ? new QuantileCopies(features, intervals, seed) : null;
    this.mean = new double[features];
    this.m2 = new double[features];
    this.inverseStd = new double[features];
    this.standardised = new float[features];
    java.util.Arrays.fill(inverseStd, 1);
  }

  /** Values a normalised row has: F, or 2 F with copies by rank. */
  int width() {
    return copies == null ? features : 2 * features;
  }

  /** Whether any row was seen; until then rows are only clipped. */
  public boolean primed() {
    return weight > 0;
  }

  /**
   * Takes rows into the statistics.
   *
   * @param rows n x F, row-major
   * @param weights n weights, at least 0
   */
  public void update(float[] rows, float[] weights, int n) {
    for (int r = 0; r < n; r++) {
      double w = weights[r];
      if (w <= 0) {
        continue;
      }
      double before = weight;
      weight += w;
      double share = w / weight;
      int at = r * features;
      for (int f = 0; f < features; f++) {
        double x = within(f, rows[at + f], before);
        double delta = x - mean[f];
        mean[f] += delta * share;
        m2[f] += w * delta * (x - mean[f]);
      }
    }
    refresh();
    if (copies != null) {
      copies.update(rows, weights, n);
    }
  }

  /** A value as it enters the statistics of its column, which are of weight {@code before}. */
  private double within(int feature, double x, double before) {
    if (Math.abs(x) > LARGEST) {
      return mean[feature];
    }
    double delta = x - mean[feature];
    double variance = before > 0 ? m2[feature] / before : 0;
    double negligible = NEGLIGIBLE * mean[feature];
    // A column that has not varied yet says nothing of what is far.
    return delta * delta <= MAX_STDS * MAX_STDS * variance || variance <= negligible * negligible
        ? x
        : mean[feature] + Math.copySign(MAX_STDS * Math.sqrt(variance), delta);
  }

  /**
   * Writes normalised rows: of each the features standardised, then their copies by rank.
   *
   * @param rows row-major rows of F features
   * @param from first row to take
   * @param n rows to take
   * @param target receives n x {@link #width} values from its start
   */
  void apply(float[] rows, int from, int n, FloatBuffer target) {
    int width = width();
    for (int r = 0; r < n; r++) {
      int in = (from + r) * features;
      int out = r * width;
      for (int f = 0; f < features; f++) {
        double z = (rows[in + f] - mean[f]) * inverseStd[f];
        standardised[f] = (float) (z > CLIP ? CLIP : z < -CLIP ? -CLIP : z);
      }
      target.put(out, standardised);
      if (copies != null) {
        copies.apply(rows, in, target, out + features);
      }
    }
  }

  /**
   * What a user of the model needs: {@code normalizer.mean} and {@code normalizer.std}, F32[F], and
   * with copies by rank {@code normalizer.quantiles}, F32[F, intervals + 1].
   */
  public SortedMap<String, Tensor> parameters() {
    float[] means = new float[features];
    float[] stds = new float[features];
    for (int f = 0; f < features; f++) {
      means[f] = (float) mean[f];
      stds[f] = (float) std(f);
    }
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put("normalizer.mean", new Tensor.F32(means, features));
    tensors.put("normalizer.std", new Tensor.F32(stds, features));
    if (copies != null) {
      tensors.putAll(copies.parameters());
    }
    return tensors;
  }

  /** The accumulators, exact: the next row is treated as if there had been no break. */
  @Override
  public void declare(State state) {
    state
        .in("normalizer.")
        .number("weight", () -> weight, saved -> weight = saved)
        .doubles("mean", mean)
        .doubles("m2", m2)
        .notNegative("weight", "m2")
        .restored(this::refresh);
    if (copies != null) {
      copies.declare(state);
    }
  }

  private void refresh() {
    for (int f = 0; f < features; f++) {
      inverseStd[f] = 1 / std(f);
    }
  }

  private double std(int feature) {
    double std = weight > 0 ? Math.sqrt(Math.max(0, m2[feature]) / weight) : 0;
    return std > Math.max(NEGLIGIBLE * Math.abs(mean[feature]), Float.MIN_NORMAL) ? std : 1;
  }
}
