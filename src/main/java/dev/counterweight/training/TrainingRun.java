package dev.counterweight.training;

import dev.counterweight.batch.MalformedTensorsException;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.SafeTensors;
import dev.counterweight.batch.Tensor;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.runtime.FailureException;
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

  private final int classes;
  private final Learner learner;
  private final TestThenTrain loop;
  private final Scoring scoring;
  private final Progress progress;
  private final ServedProbabilities probability;

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
    this.progress = new Progress(classes);
    this.probability = new ServedProbabilities(new CrossEntropy(classes, 0), false, classes);
    this.scoring = new Scoring(config, probability, listener);
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
    return scoring.evaluation();
  }

  /** What is made of scores, beside metrics. */
  Scoring scoring() {
    return scoring;
  }

  Progress progress() {
    return progress;
  }

  /** The checkpoint's files, by name. */
  SortedMap<String, byte[]> files() {
    SortedMap<String, Tensor> state = new TreeMap<>(loop.state());
    state.putAll(scoring.state());
    state.putAll(progress.state());
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
      scoring.restore(state);
      progress.restore(state);
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
    observeKnown(batch);
    scoring.score(batch.evaluation(), logits, learner.steps());
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
