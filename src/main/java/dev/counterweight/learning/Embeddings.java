package dev.counterweight.learning;

import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.event.Embedding;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.EmbeddingRows;
import dev.counterweight.tensor.State;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The categories' part of a model: a table a feature. In a model with hidden layers the vectors
 * stand behind the numbers of a row, feature by feature; in a linear one each has a value a class
 * and is added to the scores, which is the same as a column for each bucket.
 *
 * <p>What a step costs follows the rows that it touches, not the tables. Plain Java, so that a
 * result is the same on every machine. Not thread-safe.
 */
final class Embeddings {
  /** Small beside standardised numbers, so that a category not seen yet says little. */
  private static final double INITIAL_STD = 0.01;

  private final List<EmbeddingTable> tables = new ArrayList<>();
  private final RowUpdate update;
  private final int stride;
  private final boolean added;
  private final int width;
  private float[] slopes = new float[0];

  /**
   * With their initial rows: uniform around 0 with a standard deviation of 0.01, or, where they are
   * added to scores, 0.
   *
   * @param classes values of a vector that is added to the scores; 0 if they are inputs
   * @throws FailureException if this JVM's heap is too small to go on from a checkpoint of them
   */
  Embeddings(FeatureSchema layout, int classes, OptimizerConfig config, long seed) {
    this.stride = layout.columnCount();
    this.added = classes > 0;
    this.update = RowUpdate.of(config);
    requireHeap(values(layout, classes), update.moments().size(), Runtime.getRuntime().maxMemory());
    int all = 0;
    for (Embedding embedding : layout.embeddings()) {
      int each = added ? classes : embedding.table().width();
      EmbeddingTable table = new EmbeddingTable(embedding, each, update);
      if (!added) {
        table.draw(
            new SplittableRandom(seed ^ embedding.feature().hashCode() * 0x9E3779B97F4A7C15L),
            (float) (INITIAL_STD * Math.sqrt(3)));
      }
      tables.add(table);
      all += each;
    }
    this.width = added ? 0 : all;
  }

  private static long values(FeatureSchema layout, int classes) {
    return layout.embeddings().stream()
        .map(Embedding::table)
        .mapToLong(table -> (long) table.buckets() * (classes > 0 ? classes : table.width()))
        .sum();
  }

  /**
   * Demands a heap that holds all rows with their moments, and while a trainer goes on from a
   * checkpoint its files, their tensors and what they are checked against.
   */
  static void requireHeap(long values, int moments, long heapBytes) {
    long needed = Float.BYTES * values * (2 + 4 * (1 + moments));
    if (needed > heapBytes) {
      throw new FailureException(
          "the embeddings of the features have %d values, which take %d MiB of heap when training goes on from a checkpoint, and this JVM has %d MiB: give it more (-Xmx), or lower feature.NAME.buckets or feature.NAME.width"
              .formatted(values, needed >> 20, heapBytes >> 20));
    }
  }

  /** Inputs of a row that are vectors of theirs; 0 if they are added to the scores. */
  int width() {
    return width;
  }

  /** Whether vectors are added to the scores. */
  boolean added() {
    return added;
  }

  /** The tables' rows as they are, and as they become. */
  List<EmbeddingRows> served() {
    return tables.stream().map(EmbeddingTable::served).toList();
  }

  /**
   * Writes the vectors of rows {@code from} to {@code from + n}.
   *
   * @param at where those of the first row go in {@code target}
   * @param apart values from one row there to the next
   */
  void put(float[] rows, int from, int n, FloatBuffer target, int at, int apart) {
    for (int r = 0; width > 0 && r < n; r++) {
      int to = at + r * apart;
      for (EmbeddingTable table : tables) {
        target.put(to, table.vector(rows, (from + r) * stride), 0, table.width());
        to += table.width();
      }
    }
  }

  /**
   * Adds the vectors of rows {@code from} to {@code from + n} to their scores, if they are.
   *
   * @param scores n x K of each network in turn
   */
  void add(float[] rows, int from, int n, float[] scores, int networks) {
    for (int r = 0; added && r < n; r++) {
      for (EmbeddingTable table : tables) {
        float[] vector = table.vector(rows, (from + r) * stride);
        for (int row = r; row < networks * n; row += n) {
          for (int c = 0; c < vector.length; c++) {
            scores[row * vector.length + c] += vector[c];
          }
        }
      }
    }
  }

  /**
   * Takes the gradient with respect to the vectors of rows {@code from} to {@code from + n}.
   *
   * @param inputs with respect to those that are inputs, n x {@link #width}: the mean over the
   *     networks
   * @param scores with respect to the scores, n x K of each network in turn
   * @return the sum of the squares of the gradient with respect to the tables
   */
  double gradient(
      float[] rows, int from, int n, FloatBuffer inputs, FloatBuffer scores, int networks) {
    if (tables.isEmpty()) {
      return 0;
    }
    int apart = added ? tables.get(0).width() : width;
    if (slopes.length < n * apart) {
      slopes = new float[n * apart];
    }
    if (added) {
      mean(scores, networks, n * apart);
    } else {
      inputs.get(0, slopes, 0, n * apart);
    }
    double squares = 0;
    int offset = 0;
    for (EmbeddingTable table : tables) {
      squares += table.gradient(rows, stride, from, n, slopes, offset, apart);
      offset += added ? 0 : table.width();
    }
    return squares;
  }

  private void mean(FloatBuffer scores, int networks, int size) {
    for (int i = 0; i < size; i++) {
      float sum = 0;
      for (int network = 0; network < networks; network++) {
        sum += scores.get(network * size + i);
      }
      slopes[i] = sum / networks;
    }
  }

  /**
   * Moves the rows of the newest {@link #gradient}: by the learning rate, over the root of a row's
   * width where it is an input.
   *
   * @param step number of the step, from 1
   * @param norm of the whole gradient
   * @param clip most that it may be, as {@link Optimizer#update}
   */
  void move(long step, double learningRate, double norm, double clip) {
    double share = clip > 0 ? clip / (norm + 1e-6) : 1;
    float size = update.size(step, learningRate);
    for (EmbeddingTable table : tables) {
      // All values of a row move together with every event of it: a wide one would leap.
      double less = added ? 1 : Math.sqrt(table.width());
      table.move(share < 1 ? (float) share : 1, (float) (size / less));
    }
  }

  /** Declares {@code embedding.NAME.weight} of each. */
  void declareWeights(State state) {
    tables.forEach(table -> table.declareWeight(state));
  }

  /** Declares the moments of each. */
  void declareMoments(State state) {
    tables.forEach(table -> table.declareMoments(state));
  }
}
