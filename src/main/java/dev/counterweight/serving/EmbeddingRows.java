package dev.counterweight.serving;

import dev.counterweight.event.Embedding;

/**
 * The rows of one feature's categories: of those that a row of columns names, the mean is what a
 * model sees. Immutable if its array is.
 */
public final class EmbeddingRows {
  private final String name;
  private final int buckets;
  private final int first;
  private final int columns;
  private final int width;
  private final float[] values;
  private final int apart;

  /**
   * @param width values of a row
   * @param values those of row r from r {@code apart}; not copied
   * @param apart values from one row to the next
   */
  public EmbeddingRows(Embedding embedding, int width, float[] values, int apart) {
    this.name = embedding.feature();
    this.buckets = embedding.table().buckets();
    this.first = embedding.firstColumn();
    this.columns = embedding.columns();
    this.width = width;
    this.values = values;
    this.apart = apart;
  }

  /** Values of a row. */
  public int width() {
    return width;
  }

  /** The first of the columns that name its rows. */
  int firstColumn() {
    return first;
  }

  /**
   * Writes the mean of the rows that a row of columns names.
   *
   * @param at where the row begins in {@code rows}
   * @param target receives {@link #width} values
   * @param out where they go
   * @throws IllegalArgumentException if it names none, or one that is not here
   */
  public void mean(float[] rows, int at, float[] target, int out) {
    int items = items(rows, at);
    for (int item = 0; item < items; item++) {
      int from = row(rows, at, item) * apart;
      for (int i = 0; i < width; i++) {
        target[out + i] = item == 0 ? values[from + i] : target[out + i] + values[from + i];
      }
    }
    for (int i = 0; items > 1 && i < width; i++) {
      target[out + i] /= items;
    }
  }

  /** How many rows a row of columns names. */
  public int items(float[] rows, int at) {
    int items = 1;
    while (items < columns && rows[at + first + items] >= 0) {
      items++;
    }
    return items;
  }

  /**
   * The number of the row that an item names.
   *
   * @throws IllegalArgumentException if there is no such row
   */
  public int row(float[] rows, int at, int item) {
    float place = rows[at + first + item];
    int row = (int) place;
    if (row != place || row < 0 || row >= buckets) {
      throw new IllegalArgumentException(
          "feature '%s' has row %s: must be a whole number from 0 to %d"
              .formatted(name, place, buckets - 1));
    }
    return row;
  }
}
