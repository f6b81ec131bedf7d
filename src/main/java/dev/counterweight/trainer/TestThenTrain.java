package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.batch.MiniBatchRules;
import dev.counterweight.learning.Learner;
import dev.counterweight.learning.Normalizer;
import dev.counterweight.learning.StepResult;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done with each batch record, in this order: score its evaluation slice with the model as
 * it is, take the slice into the normaliser, then make a step for every full batch of draws. Rows
 * short of a batch wait for the next record.
 *
 * <p>The first record primes the normaliser before it is scored, since unscaled features would make
 * scores of no meaning: with its slice or, if that is empty, with its draws weighted back to the
 * stream.
 *
 * <p>Its outcome is a function of the sequence of records alone. Used by one thread; the learner is
 * the caller's to close.
 */
public final class TestThenTrain {
  private static final Logger LOG = LoggerFactory.getLogger(TestThenTrain.class);

  private final Learner learner;
  private final ScoreListener listener;
  private final int batchSize;
  private final int features;
  private final int classes;
  private final PendingRows pending;
  private int badInARow;
  private boolean warned;

  /**
   * @param batchSize rows a step
   * @param features F
   * @param classes K
   */
  public TestThenTrain(
      Learner learner, ScoreListener listener, int batchSize, int features, int classes) {
    this.learner = learner;
    this.listener = listener;
    this.batchSize = batchSize;
    this.features = features;
    this.classes = classes;
    this.pending = new PendingRows(features);
  }

  /**
   * Tests and trains on one record.
   *
   * @throws dev.counterweight.tensor.MalformedTensorsException if the record is not one of this
   *     job; nothing of it was used
   */
  public TrainResult train(MiniBatch batch) {
    MiniBatchRules.require(batch, features, classes);
    score(batch);
    pending.append(batch.draws());
    learner.observe(batch.prior(), batch.classWeight());
    int steps = 0;
    int skipped = 0;
    int leftOut = 0;
    double lossSum = 0;
    double norm = Double.NaN;
    int from = 0;
    for (; pending.rows() - from >= batchSize; from += batchSize) {
      StepResult step =
          learner.step(
              pending.features(), pending.labels(), pending.lossWeights(), from, batchSize);
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
    pending.removeFirst(from);
    warn(leftOut);
    return new TrainResult(
        steps, skipped, leftOut, steps == 0 ? Double.NaN : lossSum / steps, norm);
  }

  /** Steps left out since the last that was not, whatever records they came in. */
  public int badInARow() {
    return badInARow;
  }

  /** The learner's accumulators and the pending rows. */
  public SortedMap<String, Tensor> state() {
    SortedMap<String, Tensor> tensors = new TreeMap<>(learner.state());
    tensors.putAll(pending.state());
    return tensors;
  }

  /**
   * Takes pending rows back; the learner is restored by the caller.
   *
   * @throws dev.counterweight.tensor.MalformedTensorsException if they are not rows of this job
   */
  public void restore(SortedMap<String, Tensor> state) {
    pending.restore(new SafeTensors(state, new TreeMap<>()));
    requireLabels(Arrays.copyOf(pending.labels(), pending.rows()), "a pending row");
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

  private void score(MiniBatch batch) {
    EvaluationSlice slice = batch.evaluation();
    Normalizer normalizer = learner.normalizer();
    boolean priming = !normalizer.primed();
    if (priming) {
      prime(normalizer, batch);
    }
    if (slice.rows() > 0) {
      listener.scored(batch, learner.logits(slice.features(), slice.rows()));
      if (!priming) {
        normalizer.update(slice.features(), slice.weights(), slice.rows());
      }
    }
  }

  private static void prime(Normalizer normalizer, MiniBatch batch) {
    EvaluationSlice slice = batch.evaluation();
    if (slice.rows() > 0) {
      normalizer.update(slice.features(), slice.weights(), slice.rows());
    } else {
      Draws draws = batch.draws();
      normalizer.update(draws.features(), streamWeights(batch), draws.rows());
    }
  }

  /** A class used r times an event weighs 1/r a draw: the draws then stand for the stream. */
  private static float[] streamWeights(MiniBatch batch) {
    long[] labels = batch.draws().labels();
    float[] weights = new float[labels.length];
    for (int i = 0; i < weights.length; i++) {
      float uses = batch.uses()[(int) labels[i]];
      weights[i] = uses > 0 ? 1 / uses : 1;
    }
    return weights;
  }

  private void requireLabels(long[] labels, String where) {
    for (long label : labels) {
      if (label < 0 || label >= classes) {
        throw new FailureException(
            "%s has label %d: this job's classes are 0 to %d".formatted(where, label, classes - 1));
      }
    }
  }
}
