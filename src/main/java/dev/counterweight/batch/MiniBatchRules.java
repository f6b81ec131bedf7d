package dev.counterweight.batch;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.tensor.MalformedTensorsException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a batch record must be before anything is done with it: a record that is taken in half and
 * then refused would leave a model that no batch log gives. Immutable and thread-safe.
 */
public final class MiniBatchRules {
  // Sums are rounded to floats.
  private static final double ROUNDING = 1e-5;

  private static final Span NOTHING = new Span(0, 0);

  private final RowRules rowRules;
  private final @Nullable RecentRules recentRules; // null where recent labels are not used
  private final boolean[] mayBeMissing; // of each feature
  private final int told; // features of which a record tells what was missing
  private final int columns;
  private final int classes;

  /**
   * @param layout of the rows
   * @param classes K
   * @param recentLabels whether recent labels are used: where not, what a record tells of them is
   *     nothing to look at
   */
  public MiniBatchRules(FeatureSchema layout, int classes, boolean recentLabels) {
    this.recentRules = recentLabels ? new RecentRules(classes) : null;
    this.rowRules = new RowRules(layout);
    this.mayBeMissing = new boolean[layout.features().size()];
    boolean any = false;
    for (int f = 0; f < mayBeMissing.length; f++) {
      mayBeMissing[f] = layout.features().get(f).mayBeMissing();
      any |= mayBeMissing[f];
    }
    this.told = any ? mayBeMissing.length : 0;
    this.columns = layout.columnCount();
    this.classes = classes;
  }

  /**
   * Demands that all parts of a record fit one another and a job, that numbers are finite and in
   * their ranges, values what may stand in their columns, and that the record keeps what was
   * promised of it.
   *
   * @throws MalformedTensorsException naming the first tensor that does not fit, and the rule
   * @throws InvariantException as {@link #requirePromises}
   */
  public void require(MiniBatch batch) {
    Draws draws = batch.draws();
    rows("", draws.rows(), draws.features().length, draws.labels());
    length("loss_weight", draws.lossWeight().length, draws.rows());
    length("source_partition", draws.sourcePartition().length, draws.rows());
    length("source_offset", draws.sourceOffset().length, draws.rows());
    length("fresh", draws.fresh().length, draws.rows());
    replaces(draws);
    EvaluationSlice slice = batch.evaluation();
    rows("eval_", slice.rows(), slice.features().length, slice.labels());
    length("eval_weights", slice.weights().length, slice.rows());
    length("eval_source_partition", slice.sourcePartition().length, slice.rows());
    length("eval_source_offset", slice.sourceOffset().length, slice.rows());
    values("features", draws.features());
    within("loss_weight", draws.lossWeight(), 0, Float.MAX_VALUE);
    values("eval_features", slice.features());
    within("eval_weights", slice.weights(), Float.MIN_VALUE, Float.MAX_VALUE);
    missing(slice);
    ofClasses("prior", batch.prior(), 1);
    ofClasses("class_weight", batch.classWeight(), Float.MAX_VALUE);
    ofClasses("uses", batch.uses(), Float.MAX_VALUE);
    ofClasses("eval_prior", batch.known().prior(), 1);
    ofClasses("eval_class_weight", batch.known().classWeight(), Float.MAX_VALUE);
    if (recentRules != null) {
      recentRules.require(batch);
    }
    requireOrigins(batch);
  }

  /**
   * Demands what the sampler promises of a record, where it is written and where it is read: values
   * are what may stand in their columns; evaluation rows are of events that the record covers, each
   * once and in their order, with a weight 1/e_c of at least 1; no event is drawn before it is
   * covered; what a correction replaces is another class than its own; recent labels are told where
   * they are used.
   *
   * @throws InvariantException naming the first row that breaks this
   */
  public void requirePromises(MiniBatch batch) {
    requireValues("draws", batch.draws().features());
    requireValues("evaluation rows", batch.evaluation().features());
    if (batch.evaluation().missing().length != told) {
      throw new InvariantException(
          "a record tells what was missing, of every feature where any may be",
          told,
          batch.evaluation().missing().length);
    }
    int row = wrongReplaces(batch.draws());
    if (row >= 0) {
      throw new InvariantException(
          "what a drawn event of class %d replaces is another class"
              .formatted(batch.draws().labels()[row]),
          "-1 to %d and not its own".formatted(classes - 1),
          Objects.requireNonNull(batch.draws().replaces())[row]);
    }
    if (recentRules != null) {
      recentRules.requirePromises(batch);
    }
    requireOrigins(batch);
  }

  private void requireValues(String of, float[] values) {
    RowRules.Broken broken = rowRules.broken(values);
    if (broken != null) {
      throw new InvariantException(
          "column '%s' of a record's %s holds what its kind says"
              .formatted(broken.column().name(), of),
          broken.rule(),
          broken.value());
    }
  }

  private static void requireOrigins(MiniBatch batch) {
    SortedMap<Integer, Span> spans = batch.origin().spans();
    EvaluationSlice slice = batch.evaluation();
    Map<Integer, Long> next = new HashMap<>();
    for (int row = 0; row < slice.rows(); row++) {
      int partition = slice.sourcePartition()[row];
      long offset = slice.sourceOffset()[row];
      Span span = spans.getOrDefault(partition, NOTHING);
      long least = next.getOrDefault(partition, span.from());
      if (offset < least || offset >= span.to()) {
        throw new InvariantException(
            "partition %d: evaluation rows are of events that their record covers, each once and in order"
                .formatted(partition),
            "an offset from %d to %d".formatted(least, span.to() - 1),
            offset);
      }
      next.put(partition, offset + 1);
      if (!(slice.weights()[row] >= 1)) {
        throw new InvariantException(
            "an evaluation row weighs 1/e_c, e_c a probability",
            "at least 1",
            slice.weights()[row]);
      }
    }
    Draws draws = batch.draws();
    for (int row = 0; row < draws.rows(); row++) {
      int partition = draws.sourcePartition()[row];
      long end = spans.getOrDefault(partition, NOTHING).to();
      if (draws.fresh()[row] != 0 && draws.sourceOffset()[row] >= end) {
        throw new InvariantException(
            "partition %d: no event is drawn before it is covered".formatted(partition),
            "an offset below " + end,
            draws.sourceOffset()[row]);
      }
    }
  }

  /**
   * Demands that rows are of a job: so many as there are labels, each label the index of a class,
   * and each value one that may stand in its column.
   *
   * @param prefix of their tensors' names, {@code features} and {@code labels}
   * @throws MalformedTensorsException naming the first that is not
   */
  public void requireRows(String prefix, float[] features, long[] labels) {
    rows(prefix, labels.length, features.length, labels);
    values(prefix + "features", features);
  }

  private void rows(String prefix, int rows, int values, long[] labels) {
    if (values != (long) rows * columns) {
      throw new MalformedTensorsException(
          "tensor '%sfeatures' has %d values: must have %d, %d rows of this job's %d columns"
              .formatted(prefix, values, (long) rows * columns, rows, columns));
    }
    for (long label : labels) {
      if (label < 0 || label >= classes) {
        throw new MalformedTensorsException(
            "tensor '%slabels' has label %d: this job's classes are 0 to %d"
                .formatted(prefix, label, classes - 1));
      }
    }
  }

  private void values(String name, float[] values) {
    RowRules.Broken broken = rowRules.broken(values);
    if (broken != null) {
      throw new MalformedTensorsException(
          "tensor '%s' has the value %s in column '%s' of row %d: must be %s"
              .formatted(
                  name, broken.value(), broken.column().name(), broken.row(), broken.rule()));
    }
  }

  private void ofClasses(String name, float[] values, float most) {
    length(name, values.length, classes);
    within(name, values, 0, most);
  }

  /** Only jobs in which labels come later tell what is replaced. */
  private void replaces(Draws draws) {
    if (draws.replaces() == null) {
      return;
    }
    length("replaces", draws.replaces().length, draws.rows());
    int row = wrongReplaces(draws);
    if (row >= 0) {
      throw new MalformedTensorsException(
          "tensor 'replaces' has %d in row %d of class %d: must be another of this job's classes, 0 to %d, or -1"
              .formatted(draws.replaces()[row], row, draws.labels()[row], classes - 1));
    }
  }

  /** The first row that replaces no class, or its own; -1 if none does. */
  private int wrongReplaces(Draws draws) {
    int[] replaces = draws.replaces();
    for (int row = 0; replaces != null && row < replaces.length; row++) {
      boolean correction = replaces[row] != EventHead.NEW;
      boolean other = replaces[row] >= 0 && replaces[row] < classes;
      if (correction && (!other || replaces[row] == draws.labels()[row])) {
        return row;
      }
    }
    return -1;
  }

  /** Records of releases before do not tell what was missing. */
  private void missing(EvaluationSlice slice) {
    float[] missing = slice.missing();
    if (missing.length == 0) {
      return;
    }
    length("eval_missing", missing.length, mayBeMissing.length);
    double sum = 0;
    for (float weight : slice.weights()) {
      sum += weight;
    }
    for (int f = 0; f < missing.length; f++) {
      double most = mayBeMissing[f] ? sum * (1 + ROUNDING) : 0;
      if (!(missing[f] >= 0 && missing[f] <= most)) {
        throw new MalformedTensorsException(
            "tensor 'eval_missing' has the value %s of feature %d: must be at least 0 and at most %s"
                .formatted(missing[f], f, mayBeMissing[f] ? "what the rows weigh, " + sum : "0"));
      }
    }
  }

  private static void length(String name, int found, int wanted) {
    if (found != wanted) {
      throw new MalformedTensorsException(
          "tensor '%s' has %d values: must have %d".formatted(name, found, wanted));
    }
  }

  private static void within(String name, float[] values, float least, float most) {
    for (float value : values) {
      if (!(value >= least && value <= most)) {
        throw new MalformedTensorsException(
            "tensor '%s' has the value %s: must be %s".formatted(name, value, range(least, most)));
      }
    }
  }

  private static String range(float least, float most) {
    String from = least > 0 ? "above 0" : "at least 0";
    return most == 1 ? from + " and at most 1" : from + " and finite";
  }
}
