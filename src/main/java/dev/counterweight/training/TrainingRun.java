package dev.counterweight.training;

import dev.counterweight.batch.MalformedTensorsException;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.SafeTensors;
import dev.counterweight.batch.Tensor;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.evaluation.Drift;
import dev.counterweight.evaluation.DriftMonitor;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.runtime.FailureException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A model, its evaluation and its progress: all that a checkpoint must hold for training to go on
 * as if it had never stopped. The bytes of {@link #files} are a function of the configuration and
 * of the sequence of records trained on.
 *
 * <p>Owns native memory until closed. Used by one thread.
 */
final class TrainingRun implements AutoCloseable {
  static final String MODEL = "model.safetensors";
  static final String OPTIMIZER = "optimizer.safetensors";
  static final String STATE = "state.safetensors";
  private static final int MOST_DRIFTS = 100;

  private final int classes;
  private final Learner learner;
  private final TestThenTrain loop;
  private final Prequential evaluation;
  private final Progress progress;
  private final ServedProbabilities probability;
  private final Prediction.Listener listener;
  private final double[] probabilities;
  private final double[] raw;
  private final boolean calibrate;
  private final Calibrator calibrator;
  private final double[] served;
  private final Decisions decisions;
  private final DriftMonitor drift;
  private final Deque<Drift> drifts = new ArrayDeque<>();

  /** Tells nobody of single predictions. */
  TrainingRun(JobConfig config) {
    this(config, prediction -> {});
  }

  /**
   * @param listener hears of every event scored
   */
  TrainingRun(JobConfig config, Prediction.Listener listener) {
    TrainerConfig trainer = config.trainer();
    int features = config.events().schema().featureCount();
    this.classes = config.events().schema().classCount();
    this.learner = new Learner(trainer, features, classes, config.seed());
    this.loop = new TestThenTrain(learner, this::scored, trainer.batchSize(), features, classes);
    this.evaluation = new Prequential(classes);
    this.progress = new Progress(classes);
    this.listener = listener;
    this.probabilities = new double[classes];
    this.raw = new double[classes];
    this.probability = new ServedProbabilities(new CrossEntropy(classes, 0), false, classes);
    this.calibrate = trainer.serving().calibrate();
    this.calibrator = new Calibrator(classes);
    this.served = new double[classes];
    this.decisions =
        new Decisions(trainer.serving().decision(), config.events().schema().classes());
    this.drift = new DriftMonitor(classes);
  }

  /**
   * Tests and trains on one record.
   *
   * @throws FailureException if the record is not one of this job
   */
  TrainResult train(MiniBatch batch) {
    requireLabels(batch.draws().labels());
    requireLabels(batch.evaluation().labels());
    TrainResult result = loop.train(batch);
    progress.add(batch);
    return result;
  }

  long steps() {
    return learner.steps();
  }

  Prequential evaluation() {
    return evaluation;
  }

  Progress progress() {
    return progress;
  }

  /** By which rule classes are decided, and where its threshold stands. */
  Decisions decisions() {
    return decisions;
  }

  DriftMonitor drift() {
    return drift;
  }

  /** Changes found since this was last asked, the newest {@value #MOST_DRIFTS} at most. */
  List<Drift> takeDrifts() {
    List<Drift> found = List.copyOf(drifts);
    drifts.clear();
    return found;
  }

  /** The checkpoint's files, by name. */
  SortedMap<String, byte[]> files() {
    SortedMap<String, Tensor> state = new TreeMap<>(loop.state());
    state.putAll(evaluation.state());
    state.putAll(progress.state());
    state.putAll(calibrator.state());
    state.putAll(decisions.state());
    state.putAll(drift.state());
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put(MODEL, new SafeTensors(learner.model(), new TreeMap<>()).toBytes());
    files.put(OPTIMIZER, new SafeTensors(learner.optimizer(), new TreeMap<>()).toBytes());
    files.put(STATE, new SafeTensors(state, new TreeMap<>()).toBytes());
    return files;
  }

  /**
   * Takes back what {@link #files} gave.
   *
   * @throws FailureException if they are not those of such a model
   */
  void restore(String name, Map<String, byte[]> files) {
    try {
      SafeTensors state = parse(files, STATE);
      SafeTensors model = parse(files, MODEL);
      requireShapes(model.tensors());
      learner.restore(model.tensors(), parse(files, OPTIMIZER).tensors(), state.tensors());
      loop.restore(state.tensors());
      evaluation.restore(state.tensors());
      progress.restore(state);
      calibrator.restore(state);
      decisions.restore(state.tensors());
      drift.restore(state.tensors());
    } catch (MalformedTensorsException | IllegalArgumentException e) {
      throw new FailureException(
          "checkpoint %s does not fit the configured model: %s".formatted(name, e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    learner.close();
  }

  private void requireShapes(SortedMap<String, Tensor> found) {
    SortedMap<String, List<Long>> wanted = shapes(learner.model());
    if (!shapes(found).equals(wanted)) {
      throw new MalformedTensorsException(
          "the model has tensors %s: this job's has %s".formatted(shapes(found), wanted));
    }
  }

  private static SortedMap<String, List<Long>> shapes(SortedMap<String, Tensor> tensors) {
    SortedMap<String, List<Long>> shapes = new TreeMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  private static SafeTensors parse(Map<String, byte[]> files, String file) {
    byte[] bytes = files.get(file);
    if (bytes == null) {
      throw new MalformedTensorsException(file + " is not part of it");
    }
    return SafeTensors.parse(bytes);
  }

  /** Serves by what was known before this record: scoring with its own would look ahead. */
  private void observeKnown(MiniBatch batch) {
    if (progress.records() == 0) {
      probability.observe(batch.prior(), batch.classWeight());
    } else {
      probability.observe(progress.prior(), progress.classWeight());
    }
  }

  private void scored(MiniBatch batch, float[] logits) {
    MiniBatch.EvaluationSlice slice = batch.evaluation();
    observeKnown(batch);
    for (int row = 0; row < slice.rows(); row++) {
      int label = (int) slice.labels()[row];
      probability.of(logits, row, probabilities);
      probability.raw(logits, row, raw);
      calibrated(probabilities, served);
      int decision = decisions.of(raw, served);
      evaluation.add(label, decision, slice.weights()[row], raw, served);
      decisions.learn(label, slice.weights()[row], served);
      drift.add(label, decision == label, slice.weights()[row]);
      listener.predicted(
          new Prediction(
              slice.sourcePartition()[row],
              slice.sourceOffset()[row],
              label,
              decision,
              slice.weights()[row],
              learner.steps(),
              raw,
              served));
    }
    learnCalibration(slice, logits);
    decisions.refresh();
    keep(drift.endSlice());
  }

  private void keep(List<Drift> found) {
    for (Drift change : found) {
      if (drifts.size() == MOST_DRIFTS) {
        drifts.removeFirst();
      }
      drifts.addLast(change);
    }
  }

  private void calibrated(double[] uncorrected, double[] target) {
    if (calibrate) {
      calibrator.apply(uncorrected, target);
    } else {
      System.arraycopy(uncorrected, 0, target, 0, classes);
    }
  }

  /** After the whole slice was scored, so that no row is corrected by what came beside it. */
  private void learnCalibration(MiniBatch.EvaluationSlice slice, float[] logits) {
    for (int row = 0; calibrate && row < slice.rows(); row++) {
      probability.of(logits, row, probabilities);
      calibrator.learn(probabilities, (int) slice.labels()[row], slice.weights()[row]);
    }
  }

  private void requireLabels(long[] labels) {
    for (long label : labels) {
      if (label < 0 || label >= classes) {
        throw new FailureException(
            "a batch record has label %d: must be 0 to %d, the classes of this job"
                .formatted(label, classes - 1));
      }
    }
  }
}
