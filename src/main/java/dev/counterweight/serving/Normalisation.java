package dev.counterweight.serving;

import dev.counterweight.event.Column;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How a row's numbers become a model's inputs: (x - mean) / std, clipped to +-10, by the mean and
 * std that a model file holds; then, where there are such, their copies by rank. Columns that are
 * no numbers are passed by. A value that is missing, NaN, is 0 where its feature allows for that:
 * the mean. Worked out in double and rounded once, so that it is the same wherever it is done.
 *
 * <p>Immutable if its arrays are.
 */
public final class Normalisation {
  private static final double CLIP = 10;

  private final int[] columns;
  private final float[] mean;
  private final float[] std;

  /** Of each number whether it may be missing. */
  private final boolean[] mayBeMissing;

  private final @Nullable RankCopies copies;

  /**
   * @param layout of the rows
   * @param mean of each number; not copied
   * @param std of each, above 0; not copied
   * @param copies of each by rank, or null for none
   */
  public Normalisation(
      FeatureSchema layout, float[] mean, float[] std, @Nullable RankCopies copies) {
    this.columns = numbers(layout);
    this.mean = mean;
    this.std = std;
    this.mayBeMissing = new boolean[columns.length];
    for (int f = 0; f < columns.length; f++) {
      Column column = layout.columns().get(columns[f]);
      mayBeMissing[f] = layout.features().get(column.feature()).missing() instanceof Feature.Mean;
    }
    this.copies = copies;
    if (mean.length != columns.length || std.length != columns.length) {
      throw new IllegalArgumentException(
          "%d means and %d stds: must be as many as the columns that are numbers, %d"
              .formatted(mean.length, std.length, columns.length));
    }
  }

  /** The columns of a row that are numbers. */
  public static int[] numbers(FeatureSchema layout) {
    return IntStream.range(0, layout.columnCount())
        .filter(c -> !layout.columns().get(c).isRow())
        .toArray();
  }

  /** Inputs that it gives: N, the columns that are numbers, or 2 N with copies by rank. */
  public int width() {
    return copies == null ? columns.length : 2 * columns.length;
  }

  /**
   * Writes the inputs of one row: the numbers standardised, then their copies by rank.
   *
   * @param at where the row begins in {@code rows}
   * @param target receives {@link #width} values
   * @param out where they go
   */
  public void apply(float[] rows, int at, float[] target, int out) {
    for (int f = 0; f < columns.length; f++) {
      double z = (rows[at + columns[f]] - (double) mean[f]) / std[f];
      target[out + f] = (float) (z > CLIP ? CLIP : z < -CLIP ? -CLIP : z);
    }
    for (int f = 0; f < columns.length; f++) {
      if (mayBeMissing[f] && Float.isNaN(target[out + f])) {
        target[out + f] = 0;
      }
    }
    if (copies != null) {
      copies.apply(rows, at, columns, target, out + columns.length);
    }
  }

  /** Which column of a row an input is made of. */
  int column(int input) {
    return columns[input % columns.length];
  }
}
