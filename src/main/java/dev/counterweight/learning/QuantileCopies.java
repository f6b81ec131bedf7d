package dev.counterweight.learning;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Copies of the features by rank: where a value stands among the quantiles of its column, on a
 * scale from -1.7 to 1.7, whose standard deviation over the stream is about 1. Beside standardised
 * features they spread out what a heavy tail squeezes together.
 *
 * <p>Quantiles are those of a weighted random sample of the rows seen, {@value #ROWS} at most
 * (reservoir sampling, Chao 1982), taken afresh once a quarter more rows were seen, and 64 more at
 * least. A column with no more than {@value #FEW} distinct values in the sample has none, and its
 * copy is 0. Between two quantiles a copy is interpolated linearly; of equal quantiles the last
 * counts, as in numpy's {@code interp}.
 *
 * <p>A function of the seed, the rows and their order alone; comes back exactly from {@link
 * #state}. Memory: 4 KiB a feature. Not thread-safe.
 */
final class QuantileCopies implements Stateful {
  /** Rows in the sample. */
  static final int ROWS = 1024;

  /** Most distinct values of a column that has no quantiles. */
  static final int FEW = 8;

  /** The copy of a column's largest value; that of its least is the negative. */
  static final double REACH = 1.7;

  private static final String SAMPLE = "normalizer.sample.rows";
  private static final long MIN_NEW_ROWS = 64;

  private final int features;
  private final int intervals;
  private final long seed;
  private final float[] sample;

  /** Quantiles of feature f from f (intervals + 1); all alike if it has none. */
  private final float[] quantiles;

  private int kept;
  private long seen;
  private long due = 1;
  private double weight;

  /**
   * Without quantiles: every copy is 0.
   *
   * @param intervals between quantiles, at least 1
   */
  QuantileCopies(int features, int intervals, long seed) {
    this.features = features;
    this.intervals = intervals;
    this.seed = seed;
    this.sample = new float[ROWS * features];
    this.quantiles = new float[features * (intervals + 1)];
  }

  /**
   * Takes rows into the sample, and its quantiles if they are due.
   *
   * @param rows n x F, row-major
   * @param weights n weights; rows of none are left out
   */
  void update(float[] rows, float[] weights, int n) {
    for (int row = 0; row < n; row++) {
      if (weights[row] > 0) {
        add(rows, row * features, weights[row]);
      }
    }
    if (seen >= due) {
      due = Math.max(seen + MIN_NEW_ROWS, seen + seen / 4);
      refresh();
    }
  }

  /**
   * Writes the copies of one row.
   *
   * @param at where it begins in {@code rows}
   * @param out where its F copies go in {@code target}
   */
  void apply(float[] rows, int at, FloatBuffer target, int out) {
    for (int f = 0; f < features; f++) {
      target.put(out + f, (float) copy(f, rows[at + f]));
    }
  }

  /** {@code normalizer.quantiles}, F32[F, intervals + 1]. */
  SortedMap<String, Tensor> parameters() {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put("normalizer.quantiles", new Tensor.F32(quantiles.clone(), features, intervals + 1));
    return tensors;
  }

  /** The sample, exact, and the quantiles. */
  @Override
  public void declare(State all) {
    all.in("normalizer.")
        .floats(
            "quantiles",
            quantiles::clone,
            saved -> System.arraycopy(saved, 0, quantiles, 0, saved.length),
            features,
            intervals + 1)
        .in("sample.")
        .longs("counters", () -> new long[] {seen, due}, this::restoreCounters, 2)
        .number("weight", () -> weight, saved -> weight = saved)
        .notNegative("counters", "weight")
        .part(
            out ->
                out.put(
                    SAMPLE, new Tensor.F32(Arrays.copyOf(sample, kept * features), kept, features)),
            in -> {
              float[] rows = in.floats(SAMPLE, SafeTensors.ANY, features);
              if (rows.length > sample.length) {
                throw new MalformedTensorsException(
                    "tensor '%s' has %d rows: must have at most %d"
                        .formatted(SAMPLE, rows.length / features, ROWS));
              }
              return () -> {
                kept = rows.length / features;
                System.arraycopy(rows, 0, sample, 0, rows.length);
              };
            });
  }

  private void restoreCounters(long[] saved) {
    seen = saved[0];
    due = saved[1];
  }

  private void add(float[] rows, int at, double w) {
    seen++;
    weight += w;
    int slot = kept;
    if (kept < ROWS) {
      kept++;
    } else {
      SplittableRandom random = new SplittableRandom(seed ^ seen * 0x9E3779B97F4A7C15L);
      if (random.nextDouble() >= ROWS * w / weight) {
        return;
      }
      slot = random.nextInt(ROWS);
    }
    System.arraycopy(rows, at, sample, slot * features, features);
  }

  private void refresh() {
    float[] column = new float[kept];
    for (int f = 0; f < features; f++) {
      for (int row = 0; row < kept; row++) {
        column[row] = sample[row * features + f];
      }
      Arrays.sort(column);
      int from = f * (intervals + 1);
      if (varied(column)) {
        for (int q = 0; q <= intervals; q++) {
          quantiles[from + q] = quantile(column, (double) q / intervals);
        }
      } else {
        Arrays.fill(quantiles, from, from + intervals + 1, 0);
      }
    }
  }

  private static boolean varied(float[] sorted) {
    int distinct = 1;
    for (int i = 1; i < sorted.length && distinct <= FEW; i++) {
      distinct += sorted[i] > sorted[i - 1] ? 1 : 0;
    }
    return distinct > FEW;
  }

  private static float quantile(float[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    float gap = sorted[above] - sorted[below];
    // Float32 does not hold the gap between its own limits.
    double exact = Float.isInfinite(gap) ? (double) sorted[above] - sorted[below] : gap;
    return (float) (sorted[below] + (at - below) * exact);
  }

  private double copy(int feature, float value) {
    int from = feature * (intervals + 1);
    if (!(quantiles[from] < quantiles[from + intervals])) {
      return 0;
    }
    if (value < quantiles[from]) {
      return -REACH;
    }
    int low = 0;
    int high = intervals + 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (quantiles[from + middle] <= value) {
        low = middle;
      } else {
        high = middle;
      }
    }
    if (low == intervals) {
      return REACH;
    }
    double start = quantiles[from + low];
    double width = quantiles[from + low + 1] - start;
    return REACH * (2 * (low + (value - start) / width) / intervals - 1);
  }
}
