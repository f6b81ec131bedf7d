package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatchRules;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.learning.Learner;
import dev.counterweight.learning.StepResult;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a step for every full batch of draws. Rows short of a batch wait for the next record: at
 * most a record's and a batch's worth. A function of the sequence of draws alone. Not thread-safe.
 */
final class TrainingSteps implements Stateful {
  private static final String PENDING = "pending.";
  private static final String FEATURES = PENDING + "features";
  private static final String LABELS = PENDING + "labels";
  private static final String LOSS_WEIGHT = PENDING + "loss_weight";
  private static final Logger LOG = LoggerFactory.getLogger(TrainingSteps.class);

  private final Learner learner;
  private final int batchSize;
  private final FeatureSchema layout;
  private final int width;
  private final MiniBatchRules rules;
  private float[] features = new float[0];
  private long[] labels = new long[0];
  private float[] lossWeights = new float[0];
  private int rows;
  private int badInARow;
  private boolean warned;

  /**
   * @param learner the caller's to feed with what is known of the classes, and to close
   * @param batchSize rows a step
   * @param layout of a row
   * @param rules that rows keep
   */
  TrainingSteps(Learner learner, int batchSize, FeatureSchema layout, MiniBatchRules rules) {
    this.learner = learner;
    this.batchSize = batchSize;
    this.layout = layout;
    this.width = layout.columnCount();
    this.rules = rules;
  }

  /** Takes draws that fit the job, and makes the steps that they are enough for. */
  TrainResult train(Draws draws) {
    append(draws.features(), draws.labels(), draws.lossWeight());
    int steps = 0;
    int skipped = 0;
    int leftOut = 0;
    double lossSum = 0;
    double norm = Double.NaN;
    int from = 0;
    for (; rows - from >= batchSize; from += batchSize) {
      StepResult step = learner.step(features, labels, lossWeights, from, batchSize);
      norm = step.gradientNorm();
      if (step.skipped()) {
        skipped++;
        badInARow++;
      } else {
        steps++;
        badInARow = 0;
        leftOut += step.leftOut();
        lossSum += step.loss();
      }
    }
    removeFirst(from);
    warn(leftOut);
    return new TrainResult(
        steps, skipped, leftOut, steps == 0 ? Double.NaN : lossSum / steps, norm);
  }

  /** Steps left out since the last that was not, whatever records they came in. */
  int badInARow() {
    return badInARow;
  }

  /** The rows that wait. */
  @Override
  public void declare(State state) {
    if (layout.mayHoldNaN()) {
      state.mayBeMissing(FEATURES);
    }
    state.part(
        out -> {
          float[] waiting = Arrays.copyOf(features, rows * width);
          out.put(FEATURES, new Tensor.F32(waiting, rows, width));
          out.put(LABELS, new Tensor.I64(Arrays.copyOf(labels, rows), rows));
          out.put(LOSS_WEIGHT, new Tensor.F32(Arrays.copyOf(lossWeights, rows), rows));
        },
        in -> {
          long[] savedLabels = in.longs(LABELS, SafeTensors.ANY);
          float[] savedFeatures = in.floats(FEATURES, savedLabels.length, width);
          rules.requireRows(PENDING, savedFeatures, savedLabels);
          float[] savedWeights = in.floats(LOSS_WEIGHT, savedLabels.length);
          return () -> {
            rows = 0;
            append(savedFeatures, savedLabels, savedWeights);
          };
        });
  }

  private void append(float[] newFeatures, long[] newLabels, float[] newLossWeights) {
    int n = newLabels.length;
    if (labels.length < rows + n) {
      int capacity = Math.max(rows + n, 2 * labels.length);
      features = Arrays.copyOf(features, capacity * width);
      labels = Arrays.copyOf(labels, capacity);
      lossWeights = Arrays.copyOf(lossWeights, capacity);
    }
    System.arraycopy(newFeatures, 0, features, rows * width, n * width);
    System.arraycopy(newLabels, 0, labels, rows, n);
    System.arraycopy(newLossWeights, 0, lossWeights, rows, n);
    rows += n;
  }

  private void removeFirst(int n) {
    System.arraycopy(features, n * width, features, 0, (rows - n) * width);
    System.arraycopy(labels, n, labels, 0, rows - n);
    System.arraycopy(lossWeights, n, lossWeights, 0, rows - n);
    rows -= n;
  }

  /** Once; how often it happens is counted. */
  private void warn(int leftOut) {
    if (leftOut > 0 && !warned) {
      warned = true;
      LOG.warn(
          "{} rows are not trained on: each makes loss or gradient infinite by itself, most often"
              + " by a feature near the limits of float32; more are counted in {}",
          leftOut,
          TrainerMetric.ROWS_SKIPPED.declaration().prometheusName());
    }
  }
}
