package dev.counterweight.learning;

import dev.counterweight.event.Embedding;
import dev.counterweight.serving.EmbeddingRows;
import dev.counterweight.tensor.State;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The rows of one feature's categories in a plain array, each beside its moments: a step reads and
 * writes the rows that it touches alone, and each from one place in memory. Not thread-safe.
 */
final class EmbeddingTable {
  private final String name;
  private final int buckets;
  private final int width;
  private final int columns;
  private final float[] values;
  private final int apart;
  private final EmbeddingRows served;
  private final RowUpdate update;
  private final TouchedRows touched = new TouchedRows();
  private final float[] vector;
  private float[] gradient = new float[0];

  /**
   * With rows of 0.
   *
   * @param width values a row
   */
  EmbeddingTable(Embedding embedding, int width, RowUpdate update) {
    this.name = embedding.feature();
    this.buckets = embedding.table().buckets();
    this.width = width;
    this.columns = embedding.columns();
    this.update = update;
    this.apart = width * (1 + update.moments().size());
    this.values = new float[Math.multiplyExact(buckets, apart)];
    this.served = new EmbeddingRows(embedding, width, values, apart);
    this.vector = new float[width];
  }

  /** Draws the rows evenly from -{@code bound} to {@code bound}. */
  void draw(RandomGenerator random, float bound) {
    for (int at = 0; at < values.length; at += apart) {
      for (int i = 0; i < width; i++) {
        values[at + i] = (random.nextFloat() * 2 - 1) * bound;
      }
    }
  }

  int width() {
    return width;
  }

  /** The rows as they are, and as they become. */
  EmbeddingRows served() {
    return served;
  }

  /**
   * The mean of the rows that a raw row names; good until the next call.
   *
   * @param at where the raw row begins
   * @throws IllegalArgumentException if it names none, or one that is not here
   */
  float[] vector(float[] rows, int at) {
    served.mean(rows, at, vector, 0);
    return vector;
  }

  /**
   * Takes the gradient with respect to the vectors of some raw rows.
   *
   * @param rows raw rows
   * @param stride columns of a raw row
   * @param from first of {@code n} raw rows
   * @param slopes of the vectors, each {@code pitch} values behind the one before
   * @param offset of the first
   * @return the sum of the squares of the gradient with respect to the table
   */
  double gradient(
      float[] rows, int stride, int from, int n, float[] slopes, int offset, int pitch) {
    touched.clear(n * columns);
    if (gradient.length < n * columns * width) {
      gradient = new float[n * columns * width];
    }
    for (int r = 0; r < n; r++) {
      int at = (from + r) * stride;
      int items = served.items(rows, at);
      for (int item = 0; item < items; item++) {
        add(served.row(rows, at, item), slopes, offset + r * pitch, items);
      }
    }
    double sum = 0;
    for (int i = 0; i < touched.count() * width; i++) {
      sum += (double) gradient[i] * gradient[i];
    }
    return sum;
  }

  private void add(int row, float[] slopes, int at, int items) {
    int known = touched.count();
    int to = touched.place(row) * width;
    if (touched.count() > known) {
      Arrays.fill(gradient, to, to + width, 0);
    }
    for (int i = 0; i < width; i++) {
      gradient[to + i] += slopes[at + i] / items;
    }
  }

  /**
   * Moves the rows of the newest {@link #gradient}.
   *
   * @param share by which the gradient is scaled, 1 unless it is clipped
   * @param size as {@link RowUpdate#size} gave
   */
  void move(float share, float size) {
    for (int i = 0; share != 1 && i < touched.count() * width; i++) {
      gradient[i] *= share;
    }
    for (int place = 0; place < touched.count(); place++) {
      update.move(values, touched.row(place) * apart, width, gradient, place * width, size);
    }
  }

  /** Declares {@code embedding.NAME.weight}, F32[buckets, width]. */
  void declareWeight(State state) {
    declare(state, tensor(), 0);
  }

  /** Declares the moments, each named after the weight. */
  void declareMoments(State state) {
    int offset = 0;
    for (String suffix : update.moments()) {
      offset += width;
      declare(state, tensor() + suffix, offset);
    }
    state.notNegative(tensor() + ".exp_avg_sq");
  }

  private String tensor() {
    return "embedding." + name + ".weight";
  }

  /** Of each row the values from {@code offset} on, as many as its width. */
  private void declare(State state, String tensor, int offset) {
    state.floats(
        tensor,
        () -> {
          float[] part = new float[buckets * width];
          for (int row = 0; row < buckets; row++) {
            System.arraycopy(values, row * apart + offset, part, row * width, width);
          }
          return part;
        },
        saved -> {
          for (int row = 0; row < buckets; row++) {
            System.arraycopy(saved, row * width, values, row * apart + offset, width);
          }
        },
        buckets,
        width);
  }
}
