package dev.counterweight.learning;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.serving.Normalisation;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Follows the running weighted mean and standard deviation of the columns that are numbers, by
 * which {@link Normalisation} standardises them. A column that does not vary is only centred.
 * Beside them, on request, stand {@linkplain QuantileCopies copies by rank}, one a column.
 *
 * <p>A value that is missing, NaN, in a column that allows for it is no part of the statistics.
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
  /**
   * A std below this share of the column's mean is rounding, not variation; so is one that float32
   * does not hold: a std in a model file is above 0.
   */
  private static final double NEGLIGIBLE = 1e-7;

  /** Real columns with heavy tails stay below it. */
  private static final double MAX_STDS = 1000;

  /** Beyond it the square of a value is more than float32 holds. */
  private static final double LARGEST = 1e18;

  private final int stride;
  private final int[] columns;
  private final double[] mean;
  private final double[] m2;

  /**
   * Weight of the values seen, by column; null where none may be missing: it is that of the rows.
   */
  private final double @Nullable [] present;

  private final FeatureSchema layout;
  private final float[] normalised;
  private final @Nullable QuantileCopies copies;
  private double weight;
  private Normalisation served;

  /**
   * @param layout of the rows
   * @param intervals between the quantiles of a copy by rank; 0 for no copies
   * @param seed of the sample that the quantiles are of
   */
  public Normalizer(FeatureSchema layout, int intervals, long seed) {
    this.layout = layout;
    this.stride = layout.columnCount();
    this.columns = Normalisation.numbers(layout);
    int numbers = columns.length;
    this.copies =
        intervals > 0 && numbers > 0 ? new QuantileCopies(stride, columns, intervals, seed) : null;
    this.mean = new double[numbers];
    this.m2 = new double[numbers];
    this.present = layout.mayHoldNaN() ? new double[numbers] : null;
    this.served = asServed();
    this.normalised = new float[served.width()];
  }

  /** Values a normalised row has: N, the columns that are numbers, or 2 N with copies by rank. */
  int width() {
    return normalised.length;
  }

  /** What rows are normalised by now; an update gives another. */
  Normalisation served() {
    return served;
  }

  /** Whether any row was seen; until then rows are only clipped. */
  public boolean primed() {
    return weight > 0;
  }

  /**
   * Takes rows into the statistics.
   *
   * @param rows n x C, row-major
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
      int at = r * stride;
      for (int f = 0; f < columns.length; f++) {
        float value = rows[at + columns[f]];
        if (present != null) {
          if (Float.isNaN(value)) {
            continue;
          }
          before = present[f];
          present[f] += w;
          share = w / present[f];
        }
        double x = within(f, value, before);
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
   * Writes normalised rows: of each the numbers standardised, then their copies by rank.
   *
   * @param rows row-major rows of C columns
   * @param from first row to take
   * @param n rows to take
   * @param target receives {@link #width} values a row
   * @param apart values from one row to the next there
   */
  void apply(float[] rows, int from, int n, FloatBuffer target, int apart) {
    for (int r = 0; r < n; r++) {
      served.apply(rows, (from + r) * stride, normalised, 0);
      target.put(r * apart, normalised);
    }
  }

  /**
   * What a user of the model needs: {@code normalizer.mean} and {@code normalizer.std}, F32[N], and
   * with copies by rank {@code normalizer.quantiles}, F32[N, intervals + 1].
   */
  public SortedMap<String, Tensor> parameters() {
    int numbers = columns.length;
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put("normalizer.mean", new Tensor.F32(means(), numbers));
    tensors.put("normalizer.std", new Tensor.F32(stds(), numbers));
    if (copies != null) {
      tensors.putAll(copies.parameters());
    }
    return tensors;
  }

  /** The accumulators, exact: the next row is treated as if there had been no break. */
  @Override
  public void declare(State state) {
    State own = state.in("normalizer.");
    if (present != null) {
      own.doubles("present", present).notNegative("present");
    }
    own.number("weight", () -> weight, saved -> weight = saved)
        .doubles("mean", mean)
        .doubles("m2", m2)
        .notNegative("weight", "m2")
        .restored(this::refresh);
    if (copies != null) {
      copies.declare(state);
      if (present != null) {
        copies.mayBeMissing(state);
      }
    }
  }

  private void refresh() {
    served = asServed();
  }

  /** By means and deviations as a model file holds them: what is evaluated is what is served. */
  private Normalisation asServed() {
    return new Normalisation(layout, means(), stds(), copies == null ? null : copies.served());
  }

  private float[] means() {
    float[] means = new float[columns.length];
    for (int f = 0; f < means.length; f++) {
      means[f] = (float) mean[f];
    }
    return means;
  }

  private float[] stds() {
    float[] stds = new float[columns.length];
    for (int f = 0; f < stds.length; f++) {
      stds[f] = (float) std(f);
    }
    return stds;
  }

  private double std(int feature) {
    double seen = present == null ? weight : present[feature];
    double std = seen > 0 ? Math.sqrt(Math.max(0, m2[feature]) / seen) : 0;
    return std > Math.max(NEGLIGIBLE * Math.abs(mean[feature]), Float.MIN_NORMAL) ? std : 1;
  }
}
