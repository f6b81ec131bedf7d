package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.RecentShares;
import dev.counterweight.config.JobConfig;
import dev.counterweight.evaluation.Drift;
import dev.counterweight.evaluation.DriftMonitor;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.Decisions;
import dev.counterweight.serving.Mixture;
import dev.counterweight.serving.ServedProbabilities;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is made of an evaluation slice's scores: probabilities as served, decisions, metrics, and
 * what calibrator, mixture, the forest's share, recent labels, decisions and drift detectors learn
 * from it. They learn once the whole slice is scored, so that no row is served by what came beside
 * it.
 *
 * <p>A function of the slices and of the weights they are served by. Not thread-safe.
 */
final class Scoring implements Stateful {
  private static final Logger LOG = LoggerFactory.getLogger(Scoring.class);
  private static final int MAX_DRIFTS = 100;

  private final int classes;
  private final ServedProbabilities probability;
  private final Mixture mixture;
  private final ForestEvidence forest;
  private final RecentEvidence recent;
  private final Corrections corrections;
  private final Prequential evaluation;
  private final DriftMonitor drift;
  private final Deque<Drift> drifts = new ArrayDeque<>();
  private final Prediction.Listener listener;
  private final double[] uncorrected;
  private final double[] raw;
  private final double[] served;
  private final double[] told;
  private int unscored;
  private boolean warned;

  /**
   * @param candidates that the model scores every row by
   * @param listener hears of every row
   */
  Scoring(JobConfig config, Candidates candidates, Prediction.Listener listener) {
    this.classes = config.events().schema().classCount();
    this.probability = ServedProbabilities.of(config.trainer().loss(), classes);
    this.mixture = new Mixture(candidates, classes);
    this.forest = new ForestEvidence(config);
    this.recent = new RecentEvidence(config);
    this.corrections = new Corrections(config);
    this.evaluation = new Prequential(classes);
    this.drift = new DriftMonitor(classes);
    this.listener = listener;
    this.uncorrected = new double[classes];
    this.raw = new double[classes];
    this.served = new double[classes];
    this.told = new double[candidates.count()];
    probability.mix(mixture.shares());
  }

  /**
   * Takes the scores of a record's evaluation slice.
   *
   * @param logits rows x J x K raw scores
   * @param step updates that the model had made
   * @param drawn rows of each class that it had learnt from
   */
  void score(MiniBatch batch, float[] logits, long step, long[] drawn) {
    // By a snapshot that has counted none of these rows: the record's own would look ahead, and so
    // may that of the record before.
    probability.observe(batch.known().prior(), batch.known().classWeight(), drawn);
    float[] weights = probability.weights();
    recent.observe(weights, probability.known());
    corrections.observe(weights, probability.known());
    double[] decisionWeights = corrections.decisionWeights(probability);
    MiniBatch.EvaluationSlice slice = batch.evaluation();
    forest.score(slice, weights);
    int before = unscored;
    for (int row = 0; row < slice.rows(); row++) {
      if (!probability.finite(logits, row)) {
        unscored++;
        continue;
      }
      int label = (int) slice.labels()[row];
      double weight = slice.weights()[row];
      probability.of(logits, row, uncorrected);
      probability.raw(logits, row, raw);
      forest.pool(uncorrected, row);
      recent.score(uncorrected, probability, batch.recent(), row, label, weight);
      corrections.serve(uncorrected, probability, served);
      int decision = corrections.decisions().of(raw, served, decisionWeights);
      evaluation.add(label, decision, weight, raw, served);
      corrections.learnDecision(uncorrected, served, probability, label, weight);
      drift.add(label, decision == label, weight);
      listener.predicted(
          new Prediction(
              slice.sourcePartition()[row],
              slice.sourceOffset()[row],
              label,
              decision,
              weight,
              step,
              raw,
              served));
    }
    warn(unscored - before);
    learnCorrections(slice, batch.recent(), logits);
    learnMixture(slice, logits);
    corrections.refresh();
    keep(drift.endSlice());
  }

  Prequential evaluation() {
    return evaluation;
  }

  /** By which rule rows of records are decided, and where its threshold stands. */
  Decisions decisions() {
    return corrections.decisions();
  }

  /** What a checkpoint serves and decides by. */
  Corrections served() {
    return recent.used() ? recent.late().corrections() : corrections;
  }

  /** The forest, where the job asks for one. */
  ForestEvidence forest() {
    return forest;
  }

  /** What recent labels make of probabilities where the job asks for it. */
  RecentEvidence recent() {
    return recent;
  }

  /** What each candidate counts. */
  Mixture mixture() {
    return mixture;
  }

  DriftMonitor drift() {
    return drift;
  }

  /** Changes found since this was last asked, the newest {@value #MAX_DRIFTS} at most. */
  List<Drift> takeDrifts() {
    List<Drift> found = List.copyOf(drifts);
    drifts.clear();
    return found;
  }

  /** Rows left out since this was last asked because a score of theirs was not finite. */
  int takeUnscored() {
    int rows = unscored;
    unscored = 0;
    return rows;
  }

  @Override
  public void declare(State state) {
    evaluation.declare(state);
    State own = State.of(corrections);
    state.part(own, in -> own.check(recent.corrections(in.tensors())));
    mixture.declare(state);
    forest.declare(state);
    recent.declare(state);
    drift.declare(state);
  }

  /** Before anything is known of the stream it would learn the weights that are not divided out. */
  private void learnCorrections(
      MiniBatch.EvaluationSlice slice, RecentShares shares, float[] logits) {
    for (int row = 0; probability.known() && row < slice.rows(); row++) {
      if (!probability.finite(logits, row)) {
        continue;
      }
      int label = (int) slice.labels()[row];
      double weight = slice.weights()[row];
      probability.of(logits, row, uncorrected);
      forest.learn(uncorrected, row, label, weight);
      recent.learn(uncorrected, shares, row, label, weight);
      corrections.learn(uncorrected, label, weight);
    }
  }

  /** A row whose scores are not finite is one that its candidate failed at. */
  private void learnMixture(MiniBatch.EvaluationSlice slice, float[] logits) {
    for (int row = 0; mixture.candidates() > 1 && row < slice.rows(); row++) {
      int label = (int) slice.labels()[row];
      probability.told(logits, row, label, told);
      mixture.learn(told, label);
    }
    mixture.refresh();
  }

  /** Whether any of some rows of scores can be served. */
  boolean servesAny(float[] logits) {
    int rows = logits.length / (mixture.candidates() * classes);
    return IntStream.range(0, rows).anyMatch(row -> probability.finite(logits, row));
  }

  /** Once; how often it happens is counted. */
  private void warn(int rows) {
    if (rows > 0 && !warned) {
      warned = true;
      LOG.warn(
          "{} rows are not evaluated: a score of theirs is not a finite number; more are counted in"
              + " {}",
          rows,
          TrainerMetric.EVALUATION_SKIPPED.declaration().prometheusName());
    }
  }

  private void keep(List<Drift> found) {
    for (Drift change : found) {
      if (drifts.size() == MAX_DRIFTS) {
        drifts.removeFirst();
      }
      drifts.addLast(change);
    }
  }
}
