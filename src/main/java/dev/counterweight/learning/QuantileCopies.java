package dev.counterweight.learning;

import dev.counterweight.serving.RankCopies;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The quantiles that {@linkplain RankCopies copies by rank} go by, on a scale from -1.7 to 1.7,
 * whose standard deviation over the stream is about 1. Beside standardised numbers such copies
 * spread out what a heavy tail squeezes together.
 *
 * <p>Quantiles are those of a weighted random sample of the rows seen, {@value #ROWS} at most
 * (reservoir sampling, Chao 1982), taken afresh once a quarter more rows were seen, and 64 more at
 * least. A column with no more than {@value #FEW} distinct values in the sample has none, and its
 * copy is 0. Values that are missing, NaN, are no part of the quantiles.
 *
 * <p>A function of the seed, the rows and their order alone; comes back exactly from {@link
 * #state}. Memory: 4 KiB a column. Not thread-safe.
 */
final class QuantileCopies implements Stateful {
  /** Rows in the sample. */
  static final int ROWS = 1024;

  /** Most distinct values of a column that has no quantiles. */
  static final int FEW = 8;

  private static final String SAMPLE = "normalizer.sample.rows";
  private static final long MIN_NEW_ROWS = 64;

  private final int stride;
  private final int[] columns;
  private final int numbers;
  private final int intervals;
  private final long seed;
  private final float[] sample;

  /** Quantiles of number f from f (intervals + 1); all alike if it has none. */
  private final float[] quantiles;

  private final RankCopies served;
  private int kept;
  private long seen;
  private long due = 1;
  private double weight;

  /**
   * Without quantiles: every copy is 0.
   *
   * @param stride columns of a row
   * @param columns those that are copied
   * @param intervals between quantiles, at least 1
   */
  QuantileCopies(int stride, int[] columns, int intervals, long seed) {
    this.stride = stride;
    this.columns = columns.clone();
    this.numbers = columns.length;
    this.intervals = intervals;
    this.seed = seed;
    this.sample = new float[ROWS * numbers];
    this.quantiles = new float[numbers * (intervals + 1)];
    this.served = new RankCopies(quantiles, intervals);
  }

  /**
   * Takes rows into the sample, and its quantiles if they are due.
   *
   * @param rows n x C, row-major
   * @param weights n weights; rows of none are left out
   */
  void update(float[] rows, float[] weights, int n) {
    for (int row = 0; row < n; row++) {
      if (weights[row] > 0) {
        add(rows, row * stride, weights[row]);
      }
    }
    if (seen >= due) {
      due = Math.max(seen + MIN_NEW_ROWS, seen + seen / 4);
      refresh();
    }
  }

  /** The copies by the quantiles as they are, and as they become. */
  RankCopies served() {
    return served;
  }

  /** {@code normalizer.quantiles}, F32[N, intervals + 1]. */
  SortedMap<String, Tensor> parameters() {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put("normalizer.quantiles", new Tensor.F32(quantiles.clone(), numbers, intervals + 1));
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
            numbers,
            intervals + 1)
        .in("sample.")
        .longs("counters", () -> new long[] {seen, due}, this::restoreCounters, 2)
        .number("weight", () -> weight, saved -> weight = saved)
        .notNegative("counters", "weight")
        .part(
            out ->
                out.put(
                    SAMPLE, new Tensor.F32(Arrays.copyOf(sample, kept * numbers), kept, numbers)),
            in -> {
              float[] rows = in.floats(SAMPLE, SafeTensors.ANY, numbers);
              if (rows.length > sample.length) {
                throw new MalformedTensorsException(
                    "tensor '%s' has %d rows: must have at most %d"
                        .formatted(SAMPLE, rows.length / numbers, ROWS));
              }
              return () -> {
                kept = rows.length / numbers;
                System.arraycopy(rows, 0, sample, 0, rows.length);
              };
            });
  }

  /** Declares that values of the sample may be missing. */
  void mayBeMissing(State all) {
    all.mayBeMissing(SAMPLE);
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
    for (int f = 0; f < numbers; f++) {
      sample[slot * numbers + f] = rows[at + columns[f]];
    }
  }

  private void refresh() {
    float[] values = new float[kept];
    for (int f = 0; f < numbers; f++) {
      for (int row = 0; row < kept; row++) {
        values[row] = sample[row * numbers + f];
      }
      Arrays.sort(values);
      int present = kept;
      while (present > 0 && Float.isNaN(values[present - 1])) {
        present--;
      }
      int from = f * (intervals + 1);
      if (varied(values, present)) {
        for (int q = 0; q <= intervals; q++) {
          quantiles[from + q] = quantile(values, present, (double) q / intervals);
        }
      } else {
        Arrays.fill(quantiles, from, from + intervals + 1, 0);
      }
    }
  }

  private static boolean varied(float[] sorted, int n) {
    int distinct = 1;
    for (int i = 1; i < n && distinct <= FEW; i++) {
      distinct += sorted[i] > sorted[i - 1] ? 1 : 0;
    }
    return distinct > FEW;
  }

  private static float quantile(float[] sorted, int n, double share) {
    double at = share * (n - 1);
    int below = (int) at;
    int above = Math.min(below + 1, n - 1);
    float gap = sorted[above] - sorted[below];
    // Float32 does not hold the gap between its own limits.
    double exact = Float.isInfinite(gap) ? (double) sorted[above] - sorted[below] : gap;
    return (float) (sorted[below] + (at - below) * exact);
  }
}
