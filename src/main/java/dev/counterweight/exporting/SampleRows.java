package dev.counterweight.exporting;

import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Rows made up to try a model with: what an exported file is given, and the columns that the scorer
 * makes of the same values. Numbers lie where the model has seen them, and a few far from it; what
 * may be missing sometimes is. A function of the seed.
 *
 * @param inputs by feature, as the file takes them
 * @param columns row-major
 */
@SuppressWarnings("ArrayRecordComponent")
public record SampleRows(int rows, SortedMap<String, Tensor> inputs, float[] columns) {
  private static final long FIRST_MS = Instant.parse("1990-01-01T00:00:00Z").toEpochMilli();
  private static final long LAST_MS = Instant.parse("2090-01-01T00:00:00Z").toEpochMilli();
  private static final double DAY_NS = 86_400e9;

  /**
   * Makes rows.
   *
   * @param model says where numbers lie
   */
  public static SampleRows of(FeatureSchema schema, SafeTensors model, int rows, long seed) {
    return new Making(schema, model, rows, seed).make();
  }

  /** Owned by the call that makes it. */
  private static final class Making {
    private final FeatureSchema schema;
    private final int rows;
    private final SplittableRandom random;
    private final float[] mean;
    private final float[] std;
    private final float[] columns;
    private final SortedMap<String, Tensor> inputs = new TreeMap<>();

    /** Of the feature in hand: its first column, and the first of the numbers it has. */
    private int column;

    private int number;

    Making(FeatureSchema schema, SafeTensors model, int rows, long seed) {
      this.schema = schema;
      this.rows = rows;
      this.random = new SplittableRandom(seed);
      this.mean = model.floats("normalizer.mean");
      this.std = model.floats("normalizer.std");
      this.columns = new float[rows * schema.columnCount()];
    }

    SampleRows make() {
      for (Feature feature : schema.features()) {
        if (feature.type() instanceof Feature.Category category) {
          rows(feature, category.table().buckets(), 0);
        } else if (feature.type() instanceof Feature.Categories categories) {
          rows(feature, categories.table().buckets(), categories.items());
        } else if (feature.type() instanceof Feature.Time time) {
          times(feature, time.zone());
        } else {
          numbers(feature);
        }
      }
      return new SampleRows(rows, inputs, columns);
    }

    private boolean absent(Feature feature) {
      return feature.mayBeMissing() && random.nextInt(5) == 0;
    }

    private void set(int row, int offset, double value) {
      columns[row * schema.columnCount() + column + offset] = (float) value;
    }

    private void numbers(Feature feature) {
      float[] values = new float[rows];
      boolean flagged = feature.missing() instanceof Feature.Mean;
      for (int r = 0; r < rows; r++) {
        double apart = random.nextGaussian() * (random.nextInt(20) == 0 ? 1000 : 1.5);
        boolean absent = absent(feature);
        values[r] = absent ? Float.NaN : (float) (mean[number] + apart * std[number]);
        set(r, 0, absent ? feature.literalValue().orElse(Double.NaN) : values[r]);
        if (flagged) {
          set(r, 1, absent ? 1 : 0);
        }
      }
      inputs.put(feature.name(), new Tensor.F32(values, rows));
      move(1, flagged);
    }

    private void times(Feature feature, ZoneId zone) {
      long[] values = new long[rows];
      boolean flagged = feature.missing() instanceof Feature.Mean;
      for (int r = 0; r < rows; r++) {
        boolean absent = absent(feature);
        values[r] = absent ? Long.MIN_VALUE : random.nextLong(FIRST_MS, LAST_MS);
        double ms = absent ? feature.literalValue().orElse(Double.NaN) : values[r];
        time(r, ms, zone);
        if (flagged) {
          set(r, 4, absent ? 1 : 0);
        }
      }
      inputs.put(feature.name(), new Tensor.I64(values, rows));
      move(4, flagged);
    }

    private void time(int row, double ms, ZoneId zone) {
      if (Double.isNaN(ms)) {
        for (int i = 0; i < 4; i++) {
          set(row, i, Double.NaN);
        }
        return;
      }
      ZonedDateTime local = Instant.ofEpochMilli((long) ms).atZone(zone);
      double day = local.toLocalTime().toNanoOfDay() / DAY_NS;
      double week = (local.getDayOfWeek().ordinal() + day) / 7;
      set(row, 0, Math.sin(2 * Math.PI * day));
      set(row, 1, Math.cos(2 * Math.PI * day));
      set(row, 2, Math.sin(2 * Math.PI * week));
      set(row, 3, Math.cos(2 * Math.PI * week));
    }

    /**
     * @param items of an array; 0 for one alone
     */
    private void rows(Feature feature, int buckets, int items) {
      int width = Math.max(1, items);
      long[] values = new long[rows * width];
      Arrays.fill(values, -1);
      for (int r = 0; r < rows; r++) {
        boolean absent = absent(feature);
        int named = absent ? 1 : 1 + random.nextInt(width);
        for (int i = 0; i < width; i++) {
          long row = absent ? 0 : 1 + random.nextInt(buckets - 1);
          values[r * width + i] = i < named ? row : -1;
          double told = absent ? feature.literalValue().orElse(0) : row;
          set(r, i, i < named ? told : -1);
        }
      }
      inputs.put(
          feature.name(),
          items == 0 ? new Tensor.I64(values, rows) : new Tensor.I64(values, rows, width));
      column += width;
    }

    private void move(int numbers, boolean flagged) {
      column += numbers + (flagged ? 1 : 0);
      number += numbers + (flagged ? 1 : 0);
    }
  }
}
