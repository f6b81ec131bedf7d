package dev.counterweight.batch;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.tensor.MalformedTensorsException;

/**
 * What a batch record must be before anything is done with it: a record that is taken in half and
 * then refused would leave a model that no batch log gives. Stateless and thread-safe.
 */
public final class MiniBatchRules {
  private MiniBatchRules() {}

  /**
   * Demands that all parts of a record fit one another and a job, and that numbers are finite and
   * in their ranges.
   *
   * @param features F
   * @param classes K
   * @throws MalformedTensorsException naming the first tensor that does not fit, and the rule
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
