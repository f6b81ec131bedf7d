package dev.counterweight.trainer;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.Schema;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rearranges a model of layers, its embeddings and its normaliser, by name, for features that are
 * fewer or in another order, and for other classes: what is kept scores as before. A class that the
 * model has not seen begins with no weights and the least bias of the others; a category whose
 * table the model does not have begins anew, with no weights on it. Immutable.
 */
final class ModelTransfer {
  private static final String FIRST = "0.weight";
  private static final String EMBEDDING = "embedding.";
  private static final int NONE = -1;

  private final List<Embedding> before;
  private final List<Embedding> after;
  private final boolean added;
  private final NormalizerTransfer numbers;
  private final int[] classes;
  private final int classesBefore;

  /**
   * To a schema that has no {@linkplain #missing feature more} than that of the model.
   *
   * @param linear whether the embeddings are added to the scores
   */
  ModelTransfer(Schema from, Schema to, boolean linear) {
    FeatureSchema old = from.layout();
    FeatureSchema now = to.layout();
    this.before = old.embeddings();
    this.after = now.embeddings();
    this.added = linear;
    this.numbers = new NormalizerTransfer(old, now);
    this.classes = to.classes().stream().mapToInt(from.classes()::indexOf).toArray();
    this.classesBefore = from.classes().size();
  }

  /** Features that a model of a schema has no column for: their scale is not known either. */
  static List<String> missing(Schema from, Schema to) {
    return NormalizerTransfer.missing(from.layout(), to.layout());
  }

  /** Tensors of the tables that begin anew, because the model has none of that form and hash. */
  List<String> anew() {
    return after.stream().filter(table -> old(table) == null).map(ModelTransfer::tensor).toList();
  }

  /**
   * What model.safetensors holds, rearranged; without the tables that begin {@link #anew}.
   *
   * @throws MalformedTensorsException if it is not that of such a model
   */
  SafeTensors model(SafeTensors old) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(old.tensors());
    tensors.keySet().removeIf(name -> name.startsWith(EMBEDDING));
    after.stream()
        .filter(table -> old(table) != null)
        .forEach(table -> tensors.put(tensor(table), rows(old, table)));
    inputs(old, tensors);
    int last =
        tensors.keySet().stream()
            .filter(name -> name.matches("\\d{1,6}\\.weight"))
            .mapToInt(name -> Integer.parseInt(name.substring(0, name.indexOf('.'))))
            .max()
            .orElseThrow(() -> new MalformedTensorsException("a model without layers"));
    outputs(tensors, last + ".weight", last + ".bias");
    numbers.parameters(old, tensors);
    return new SafeTensors(tensors, old.metadata());
  }

  /**
   * What the normaliser goes on from, of state.safetensors, rearranged.
   *
   * @throws MalformedTensorsException if it is not that of such a model
   */
  SafeTensors state(SafeTensors old) {
    return numbers.state(old);
  }

  private static String tensor(Embedding table) {
    return EMBEDDING + table.feature() + ".weight";
  }

  /** The same rows for the same categories. */
  private @Nullable Embedding old(Embedding table) {
    for (Embedding other : before) {
      if (other.feature().equals(table.feature()) && other.table().equals(table.table())) {
        return other;
      }
    }
    return null;
  }

  /** A table, a value of each row for each class where they are added to scores. */
  private Tensor rows(SafeTensors old, Embedding table) {
    int buckets = table.table().buckets();
    int width = added ? classesBefore : table.table().width();
    float[] values = old.floats(tensor(table), buckets, width);
    if (!added) {
      return new Tensor.F32(values, buckets, width);
    }
    return new Tensor.F32(pickColumns(values, buckets, width, classes), buckets, classes.length);
  }

  /** Columns of the first layer: numbers, with copies by rank twice, then the embeddings. */
  private void inputs(SafeTensors old, SortedMap<String, Tensor> tensors) {
    List<Long> shape = old.tensor(FIRST).shape();
    int width = shape.size() == 2 ? (int) (long) shape.get(1) : 0;
    int each = numbers.before();
    int embedded = added ? 0 : before.stream().mapToInt(table -> table.table().width()).sum();
    int runs = each > 0 && width - embedded == 2 * each ? 2 : 1;
    if (width != runs * each + embedded) {
      throw new MalformedTensorsException(
          "tensor '%s' has shape %s: must have a column, or two, for each of %d numbers%s"
              .formatted(
                  FIRST, shape, each, embedded > 0 ? ", and " + embedded + " of embeddings" : ""));
    }
    int outputs = (int) (long) shape.get(0);
    int[] places = places(runs);
    float[] picked = pickColumns(old.floats(FIRST, outputs, width), outputs, width, places);
    tensors.put(FIRST, new Tensor.F32(picked, outputs, places.length));
  }

  /** Of each input, which one it was; {@link #NONE} for one that was not there. */
  private int[] places(int runs) {
    List<Integer> places = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      for (int place : numbers.places()) {
        places.add(place == NONE ? NONE : run * numbers.before() + place);
      }
    }
    for (Embedding table : added ? List.<Embedding>of() : after) {
      int at = runs * numbers.before();
      int from = NONE;
      for (Embedding other : before) {
        from = other.equals(old(table)) ? at : from;
        at += other.table().width();
      }
      for (int i = 0; i < table.table().width(); i++) {
        places.add(from == NONE ? NONE : from + i);
      }
    }
    return places.stream().mapToInt(Integer::intValue).toArray();
  }

  private void outputs(SortedMap<String, Tensor> tensors, String weight, String bias) {
    SafeTensors layer = new SafeTensors(tensors);
    float[] weights = layer.floats(weight, classesBefore, SafeTensors.ANY);
    int width = weights.length / classesBefore;
    tensors.put(
        weight, new Tensor.F32(pickRows(weights, width, classes, 0), classes.length, width));
    float[] biases = layer.floats(bias, classesBefore);
    float least = Float.POSITIVE_INFINITY;
    for (float b : biases) {
      least = Math.min(least, b);
    }
    tensors.put(bias, new Tensor.F32(pickRows(biases, 1, classes, least), classes.length));
  }

  /** Rows by their places, {@code fill} where there is none. */
  static float[] pickRows(float[] values, int width, int[] rows, float fill) {
    float[] picked = new float[rows.length * width];
    Arrays.fill(picked, fill);
    for (int row = 0; row < rows.length; row++) {
      if (rows[row] != NONE) {
        System.arraycopy(values, rows[row] * width, picked, row * width, width);
      }
    }
    return picked;
  }

  /** Columns by their places, 0 where there is none. */
  static float[] pickColumns(float[] values, int rows, int width, int[] columns) {
    float[] picked = new float[rows * columns.length];
    int at = 0;
    for (int row = 0; row < rows; row++) {
      for (int column : columns) {
        picked[at++] = column == NONE ? 0 : values[row * width + column];
      }
    }
    return picked;
  }
}
