package dev.counterweight.batch;

import dev.counterweight.event.Column;
import dev.counterweight.event.Embedding;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may stand in each column of a row: a finite number; NaN too, where a feature is missing that
 * then means its mean; 0 or 1, where it says so; a row of an embedding; of several, the places
 * behind the last are -1. Immutable and thread-safe.
 */
final class RowRules {
  private final List<Column> columns;
  private final boolean plain; // nothing but numbers that must be there
  private final int[] rows; // of the column's embedding, 0 where it has none
  private final boolean[] mayBeNone;
  private final boolean[] mayBeMissing;
  private final boolean[] flag;

  /**
   * A value out of place.
   *
   * @param rule what it should be
   */
  record Broken(int row, Column column, float value, String rule) {}

  RowRules(FeatureSchema layout) {
    this.columns = layout.columns();
    this.rows = new int[columns.size()];
    this.mayBeNone = new boolean[columns.size()];
    this.mayBeMissing = new boolean[columns.size()];
    this.flag = new boolean[columns.size()];
    for (Embedding embedding : layout.embeddings()) {
      for (int i = 0; i < embedding.columns(); i++) {
        rows[embedding.firstColumn() + i] = embedding.table().buckets();
        mayBeNone[embedding.firstColumn() + i] = i > 0;
      }
    }
    boolean numbers = true;
    for (int c = 0; c < columns.size(); c++) {
      Column column = columns.get(c);
      Feature feature = layout.features().get(column.feature());
      if (!column.isRow() && feature.missing() instanceof Feature.Mean) {
        boolean last = c + 1 == columns.size() || columns.get(c + 1).feature() != column.feature();
        flag[c] = last;
        mayBeMissing[c] = !last;
      }
      numbers &= !column.isRow() && !mayBeMissing[c] && !flag[c];
    }
    this.plain = numbers;
  }

  /** The first value that is out of place in rows of the right length; null if none is. */
  @Nullable Broken broken(float[] values) {
    int c = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i]) || !plain) {
        String rule = rule(c, values[i], c == 0 ? 0 : values[i - 1]);
        if (rule != null) {
          return new Broken(i / rows.length, columns.get(c), values[i], rule);
        }
      }
      c = c + 1 == rows.length ? 0 : c + 1;
    }
    return null;
  }

  /**
   * What a value breaks; null if nothing.
   *
   * @param before the value of the column before
   */
  private @Nullable String rule(int c, float value, float before) {
    if (rows[c] > 0) {
      return row(c, value, before);
    }
    if (flag[c]) {
      return value == 0 || value == 1 ? null : "0 or 1";
    }
    boolean fits = Float.isFinite(value) || (mayBeMissing[c] && Float.isNaN(value));
    return fits
        ? null
        : mayBeMissing[c] ? "a finite number, or NaN for missing" : "a finite number";
  }

  private @Nullable String row(int c, float value, float before) {
    if (mayBeNone[c] && before < 0) {
      return value == -1 ? null : "-1 behind the last row";
    }
    boolean fits = value >= 0 && value < rows[c] && value == (int) value;
    if (fits || (mayBeNone[c] && value == -1)) {
      return null;
    }
    return "a whole number from 0 to " + (rows[c] - 1) + (mayBeNone[c] ? ", or -1" : "");
  }
}
