package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchRules;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.learning.Learner;
import dev.counterweight.learning.Normalizer;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.ForestShares;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A model, its evaluation and its progress: all that a checkpoint must hold for training to go on
 * as if it had never stopped. The bytes of {@link #files} are a function of the configuration and
 * of the sequence of records trained on.
 *
 * <p>What is done with each record, in this order: score its evaluation slice with the model as it
 * is, take the slice into the normaliser, then make a step for every full batch of draws, while the
 * forest, if there is one, learns from those that are fresh on a thread of its own. The first
 * record primes the normaliser before it is scored, since unscaled features would make scores of no
 * meaning: with its slice or, if that is empty, with its draws weighted back to the stream.
 *
 * <p>Owns native memory, and that thread, until closed. Not thread-safe.
 */
final class TrainingRun implements AutoCloseable {
  /** Steps in a row, without a finite loss or gradient, at which the run stops. */
  static final int MAX_BAD_STEPS = 10;

  private final int columns;
  private final int classes;
  private final MiniBatchRules rules;
  private final Learner learner;
  private final TrainingSteps steps;
  private final Scoring scoring;
  private final FeatureShares featureShares;
  private final Progress progress;
  private final CompanionThread forestThread = new CompanionThread("counterweight-forest");
  private MiniBatch.@Nullable Draws newest;

  /** Tells nobody of single predictions. */
  TrainingRun(JobConfig config) {
    this(config, prediction -> {});
  }

  /**
   * @param listener hears of every event scored
   */
  TrainingRun(JobConfig config, Prediction.Listener listener) {
    TrainerConfig trainer = config.trainer();
    FeatureSchema layout = config.events().schema().features();
    this.columns = layout.columnCount();
    this.classes = config.events().schema().classCount();
    this.rules = new MiniBatchRules(layout, classes, config.events().recentLabels());
    this.learner = new Learner(trainer, layout, classes, config.seed());
    this.steps = new TrainingSteps(learner, trainer.batchSize(), layout, rules);
    this.featureShares = new FeatureShares(layout);
    this.progress = new Progress(classes);
    this.scoring = new Scoring(config, learner.candidates(), listener);
  }

  /**
   * Tests and trains on one record.
   *
   * @throws MalformedTensorsException if the record is not one of this job; nothing of it was used
   * @throws FailureException if too many steps in a row were bad
   */
  TrainResult train(MiniBatch batch) {
    rules.require(batch);
    test(batch);
    learner.observe(batch.prior(), batch.classWeight());
    TrainResult result = train(batch.draws());
    scoring.recent().cover(batch.recent(), steps());
    featureShares.scored(batch.evaluation());
    featureShares.drawn(batch.draws());
    progress.add(batch);
    newest = batch.draws();
    if (steps.badInARow() >= MAX_BAD_STEPS) {
      throw new FailureException(
          ("the loss or gradient of %d steps in a row, the newest after step %d, was not finite: "
                  + "the checkpoints are as they were; "
                  + "lower learning.rate or the largest of model.rates, or set gradient.clip, "
                  + "then start again")
              .formatted(steps.badInARow(), steps()));
    }
    return result;
  }

  /** Neither networks nor forest see what the other learns: so they learn at once. */
  private TrainResult train(MiniBatch.Draws draws) {
    ForestEvidence forest = scoring.forest();
    return forest.learns()
        ? forestThread.run(() -> forest.train(draws), () -> steps.train(draws))
        : steps.train(draws);
  }

  private void test(MiniBatch batch) {
    MiniBatch.EvaluationSlice slice = batch.evaluation();
    Normalizer normalizer = learner.normalizer();
    boolean priming = !normalizer.primed();
    if (priming && slice.rows() == 0) {
      MiniBatch.Draws draws = batch.draws();
      normalizer.update(draws.features(), streamWeights(batch), draws.rows());
    } else if (priming) {
      normalizer.update(slice.features(), slice.weights(), slice.rows());
    }
    if (slice.rows() > 0) {
      scoring.score(batch, logits(slice.features()), learner.steps(), progress.drawn());
      if (!priming) {
        normalizer.update(slice.features(), slice.weights(), slice.rows());
      }
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

  /**
   * Leaves a record out: its events are not trained on, and none of them comes again.
   *
   * @param own whether they are of the topic whose events are trained on
   */
  void passOver(MiniBatch batch, boolean own) {
    progress.passOver(batch.origin(), own);
  }

  /**
   * What keeps training from going on from here, in words; empty if the last step was good, all
   * that a checkpoint would hold is finite, and the model gives some row of the newest record
   * scores that are. Until then a checkpoint would only drive out those that are good, and could
   * not be loaded.
   */
  Optional<String> unsound() {
    if (steps.badInARow() > 0) {
      return Optional.of(
          "the loss or gradient of %d steps in a row was not finite".formatted(steps.badInARow()));
    }
    Optional<String> tensor =
        learner.unsound().or(() -> State.of(steps, scoring, featureShares, progress).unsound());
    return tensor.isPresent() || newest == null || scoresAny(newest)
        ? tensor
        : Optional.of("the model gives no row of the newest record scores that are finite");
  }

  private boolean scoresAny(MiniBatch.Draws draws) {
    float[] scores = logits(draws.features());
    return scores.length == 0 || scoring.servesAny(scores);
  }

  /** As {@link Learner#device}. */
  String device() {
    return learner.device();
  }

  long steps() {
    return learner.steps();
  }

  /** Learning rate of the next step. */
  double learningRate() {
    return learner.learningRate();
  }

  /** Scores of rows of raw columns, as the evaluation would get them. */
  float[] logits(float[] rows) {
    return learner.logits(rows, rows.length / columns);
  }

  Prequential evaluation() {
    return scoring.evaluation();
  }

  /** What is made of scores, beside metrics. */
  Scoring scoring() {
    return scoring;
  }

  /** What the model is mixed of. */
  Candidates candidates() {
    return learner.candidates();
  }

  /** By candidate, its share in what is served; none where there is one candidate. */
  Map<String, Double> candidateShares() {
    Candidates candidates = learner.candidates();
    double[] shares = scoring.mixture().shares();
    Map<String, Double> byName = new LinkedHashMap<>();
    for (int j = 0; shares.length > 1 && j < shares.length; j++) {
      byName.put(candidates.name(j), shares[j]);
    }
    return byName;
  }

  /** By which powers networks and forest are pooled; none where there is no forest yet. */
  Map<String, Double> forestPowers() {
    return scoring.forest().shares().map(ForestShares::byName).orElse(Map.of());
  }

  /** How often features were missing, and categories unseen. */
  FeatureShares featureShares() {
    return featureShares;
  }

  Progress progress() {
    return progress;
  }

  /** The checkpoint's files, by name. */
  SortedMap<String, byte[]> files() {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put(StoredCheckpoint.MODEL, new SafeTensors(learner.model()).toBytes());
    files.put(StoredCheckpoint.OPTIMIZER, new SafeTensors(learner.optimizer()).toBytes());
    SortedMap<String, Tensor> state = learner.state();
    state.putAll(State.of(steps, scoring, featureShares, progress).save());
    files.put(StoredCheckpoint.STATE, new SafeTensors(state).toBytes());
    scoring
        .forest()
        .grown()
        .ifPresent(
            forest ->
                files.put(StoredCheckpoint.FOREST, new SafeTensors(forest.state()).toBytes()));
    return files;
  }

  /**
   * Takes back what {@link #files} gave.
   *
   * @throws FailureException if they are not those of such a model
   */
  void restore(String name, Map<String, byte[]> files) {
    try {
      SafeTensors state = parse(files, StoredCheckpoint.STATE);
      SafeTensors model = parse(files, StoredCheckpoint.MODEL);
      SafeTensors optimizer = parse(files, StoredCheckpoint.OPTIMIZER);
      model.requireForm(learner.model());
      SortedMap<String, Tensor> tensors = new TreeMap<>(state.tensors());
      if (files.containsKey(StoredCheckpoint.FOREST)) {
        addEach(tensors, parse(files, StoredCheckpoint.FOREST));
      }
      Runnable learnt = learner.check(model.tensors(), optimizer.tensors(), tensors);
      Runnable rest = State.of(steps, scoring, featureShares, progress).check(tensors);
      learnt.run();
      rest.run();
    } catch (MalformedTensorsException e) {
      throw new FailureException(
          "checkpoint %s does not fit the configured model: %s".formatted(name, e.getMessage()), e);
    }
  }

  /**
   * Takes a model over as that of a new job: parameters, and the normaliser as it was where {@code
   * state} has it. Without it the first record primes the normaliser.
   *
   * @param model parameters by name; the normaliser's may be absent
   * @param state what a checkpoint's state.safetensors holds, or null
   * @param anew what the names of parameters begin with that stay as they began
   * @throws MalformedTensorsException if a tensor is of another shape, missing, or not finite;
   *     every one that differs is named
   */
  void warmStart(SafeTensors model, @Nullable SafeTensors state, List<String> anew) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(model.tensors());
    SortedMap<String, Tensor> own = learner.model();
    own.keySet().stream()
        .filter(name -> name.startsWith("normalizer.") || anew.stream().anyMatch(name::startsWith))
        .forEach(name -> tensors.putIfAbsent(name, Objects.requireNonNull(own.get(name))));
    new SafeTensors(tensors).requireForm(learner.model());
    learner
        .check(tensors, learner.optimizer(), state == null ? learner.state() : state.tensors())
        .run();
  }

  @Override
  public void close() {
    forestThread.close();
    learner.close();
  }

  /** None takes the place of another's. */
  private static void addEach(SortedMap<String, Tensor> tensors, SafeTensors forest) {
    forest
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (tensors.putIfAbsent(name, tensor) != null) {
                throw new MalformedTensorsException(
                    "tensor '%s' is in %s and in %s"
                        .formatted(name, StoredCheckpoint.STATE, StoredCheckpoint.FOREST));
              }
            });
  }

  private static SafeTensors parse(Map<String, byte[]> files, String file) {
    byte[] bytes = files.get(file);
    if (bytes == null) {
      throw new MalformedTensorsException(file + " is not part of it");
    }
    return SafeTensors.parse(bytes);
  }
}
