package dev.counterweight.batch;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.tensor.MalformedTensorsException;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a batch record must be before anything is done with it: a record that is taken in half and
 * then refused would leave a model that no batch log gives. Stateless and thread-safe.
 */
public final class MiniBatchRules {
  private static final Span NOTHING = new Span(0, 0);

  private MiniBatchRules() {}

  /**
   * Demands that all parts of a record fit one another and a job, that numbers are finite and in
   * their ranges, and that the record keeps what was promised of it.
   *
   * @param features F
   * @param classes K
   * @throws MalformedTensorsException naming the first tensor that does not fit, and the rule
   * @throws InvariantException as {@link #requirePromises}
   */
  public static void require(MiniBatch batch, int features, int classes) {
    Draws draws = batch.draws();
    rows("", draws.rows(), draws.features().length, features, draws.labels(), classes);
    length("loss_weight", draws.lossWeight().length, draws.rows());
    length("source_partition", draws.sourcePartition().length, draws.rows());
    length("source_offset", draws.sourceOffset().length, draws.rows());
    length("fresh", draws.fresh().length, draws.rows());
    EvaluationSlice slice = batch.evaluation();
    rows("eval_", slice.rows(), slice.features().length, features, slice.labels(), classes);
    length("eval_weights", slice.weights().length, slice.rows());
    length("eval_source_partition", slice.sourcePartition().length, slice.rows());
    length("eval_source_offset", slice.sourceOffset().length, slice.rows());
    within("features", draws.features(), -Float.MAX_VALUE, Float.MAX_VALUE);
    within("loss_weight", draws.lossWeight(), 0, Float.MAX_VALUE);
    within("eval_features", slice.features(), -Float.MAX_VALUE, Float.MAX_VALUE);
    within("eval_weights", slice.weights(), Float.MIN_VALUE, Float.MAX_VALUE);
    ofClasses("prior", batch.prior(), classes, 1);
    ofClasses("class_weight", batch.classWeight(), classes, Float.MAX_VALUE);
    ofClasses("uses", batch.uses(), classes, Float.MAX_VALUE);
    ofClasses("eval_prior", batch.known().prior(), classes, 1);
    ofClasses("eval_class_weight", batch.known().classWeight(), classes, Float.MAX_VALUE);
    requirePromises(batch);
  }

  /**
   * Demands what the sampler promises of a record, where it is written and where it is read:
   * evaluation rows are of events that the record covers, each once and in their order, with a
   * weight 1/e_c of at least 1; no event is drawn before it is covered.
   *
   * @throws InvariantException naming the first row that breaks this
   */
  public static void requirePromises(MiniBatch batch) {
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
   * Demands that every label is the index of a class.
   *
   * @param name of their tensor
   * @param classes K
   * @throws MalformedTensorsException naming the first that is not
   */
  public static void requireLabels(String name, long[] labels, int classes) {
    for (long label : labels) {
      if (label < 0 || label >= classes) {
        throw new MalformedTensorsException(
            "tensor '%s' has label %d: this job's classes are 0 to %d"
                .formatted(name, label, classes - 1));
      }
    }
  }

  private static void rows(
      String prefix, int rows, int values, int features, long[] labels, int classes) {
    if (values != (long) rows * features) {
      throw new MalformedTensorsException(
          "tensor '%sfeatures' has %d values: must have %d, %d rows of this job's %d features"
              .formatted(prefix, values, (long) rows * features, rows, features));
    }
    requireLabels(prefix + "labels", labels, classes);
  }

  private static void ofClasses(String name, float[] values, int classes, float most) {
    length(name, values.length, classes);
    within(name, values, 0, most);
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
    if (least < 0) {
      return "a finite number";
    }
    String from = least > 0 ? "above 0" : "at least 0";
    return most == 1 ? from + " and at most 1" : from + " and finite";
  }
}
