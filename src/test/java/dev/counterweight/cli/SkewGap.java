package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.exporting.Agreement;
import dev.counterweight.exporting.Served;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * How far apart what two tell of the same events is.
 *
 * @param largest difference of a probability
 * @param decided events decided otherwise
 */
record SkewGap(int rows, double largest, int decided) {
  /** Of what the trainer told, each event by the checkpoint of the step that it was told at. */
  static SkewGap of(
      List<SkewJob.Told> told,
      SortedMap<Long, StoredCheckpoint> checkpoints,
      UnaryOperator<StoredCheckpoint> changed,
      float[] columns) {
    Map<Long, List<SkewJob.Told>> bySteps = new TreeMap<>();
    told.forEach(one -> bySteps.computeIfAbsent(one.step(), step -> new ArrayList<>()).add(one));
    assertThat(checkpoints.keySet()).containsAll(bySteps.keySet());
    double largest = 0;
    int decided = 0;
    for (Map.Entry<Long, List<SkewJob.Told>> step : bySteps.entrySet()) {
      StoredCheckpoint checkpoint = changed.apply(checkpoints.get(step.getKey()));
      try (ServedModel model = ServedCheckpoint.of(checkpoint)) {
        Scratch scratch = model.scratch();
        for (SkewJob.Told one : step.getValue()) {
          int row = Math.toIntExact(one.offset());
          model.score(columns, row * model.features().columnCount(), scratch);
          largest = Math.max(largest, apart(scratch.probabilities(), one.probabilities(), 0));
          decided += SkewJob.CLASSES.get(scratch.decision()).equals(one.decision()) ? 0 : 1;
        }
      }
    }
    return new SkewGap(told.size(), largest, decided);
  }

  /** Of what somebody told of all events by one checkpoint. */
  static SkewGap of(Served ours, Served theirs) {
    double largest = 0;
    int decided = 0;
    for (int row = 0; row < ours.decisions().length; row++) {
      double[] pair = {ours.probabilities()[2 * row], ours.probabilities()[2 * row + 1]};
      largest = Math.max(largest, apart(pair, theirs.probabilities(), 2 * row));
      decided += ours.decisions()[row] == theirs.decisions()[row] ? 0 : 1;
    }
    return new SkewGap(ours.decisions().length, largest, decided);
  }

  /** The same, decisions that hang on rounding left out. */
  static SkewGap near(StoredCheckpoint checkpoint, float[] columns, Served theirs) {
    Served ours = Served.of(checkpoint, columns, theirs.decisions().length);
    try (ServedModel model = ServedCheckpoint.of(checkpoint)) {
      Agreement agreement =
          Agreement.of(
              model, checkpoint.manifest().serving(), columns, theirs.floats(), theirs.longs());
      return new SkewGap(agreement.rows(), of(ours, theirs).largest(), agreement.decided());
    }
  }

  private static double apart(double[] ours, double[] theirs, int at) {
    double largest = 0;
    for (int c = 0; c < ours.length; c++) {
      double gap = Math.abs(ours[c] - theirs[at + c]);
      largest = Math.max(largest, Double.isNaN(gap) ? Double.POSITIVE_INFINITY : gap);
    }
    return largest;
  }
}
