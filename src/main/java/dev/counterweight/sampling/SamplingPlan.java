package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.WeightFormula;
import org.jspecify.annotations.Nullable;

/**
 * What one snapshot means for every event sampled with it. Immutable; arrays handed out must not be
 * written to.
 *
 * <p>An event of class c is used r_c times in expectation, a share a of it on arrival and the rest
 * by schedule; a draw pays l_c = w_c / r_c times the event's importance, scaled by one factor such
 * that the mean over the expected batch is one; under the formula {@code batch}, whose weights the
 * trainer works out for the rows it has, a draw carries importance / r_c as it is. What class c
 * pays an event of the stream is therefore p_c r_c l_c, proportional to p_c w_c: how often a class
 * is drawn does not change it.
 */
public final class SamplingPlan {
  private final Snapshot snapshot;
  private final Uses uses;
  private final double[] arrival;
  private final double[] schedule;
  private final double[] evaluation;
  private final double[] lossWeight;
  private final double[] scheduledWeight;
  private final MiniBatch.Known known;
  private final float[] prior32;
  private final float[] classWeight32;
  private final float[] uses32;

  /**
   * @param before the snapshot before it, which covers no event used with this plan; null where
   *     there is none
   * @param sampling v_c, K values
   * @param policy how r_c follows from v_c, and a
   * @param draws D as of now, where the policy goes by that
   * @throws IllegalArgumentException if a class has weight in the objective and is never drawn
   */
  public SamplingPlan(
      Snapshot snapshot,
      @Nullable Snapshot before,
      double[] sampling,
      SamplingPolicy policy,
      double draws,
      double evaluationShare) {
    int k = snapshot.classCount();
    this.snapshot = snapshot;
    requireDrawn(snapshot, sampling);
    this.uses = Uses.of(policy, draws, snapshot, sampling);
    double arrivalShare = policy.arrivalShare();
    this.evaluation = EvaluationShares.of(snapshot.priors(), evaluationShare);
    EvaluationShares.require(evaluation, evaluationShare);
    this.arrival = new double[k];
    this.schedule = new double[k];
    this.lossWeight = new double[k];
    this.scheduledWeight = new double[k];
    double scale =
        snapshot.formula().name().equals(WeightFormula.PER_BATCH) ? 1 : scale(snapshot, uses);
    for (int c = 0; c < k; c++) {
      double r = uses.perClass()[c];
      arrival[c] = arrivalShare * r;
      schedule[c] = (1 - arrivalShare) * snapshot.priors()[c] * r;
      lossWeight[c] = r > 0 ? scale * snapshot.weights()[c] / r : 0;
      scheduledWeight[c] = lossWeight[c] * snapshot.counts().meanImportance(c);
    }
    this.known =
        before == null
            ? MiniBatch.Known.nothing(k)
            : new MiniBatch.Known(shares(before.priors()), floats(before.weights()));
    this.prior32 = shares(snapshot.priors());
    this.classWeight32 = floats(snapshot.weights());
    this.uses32 = floats(uses.perClass());
  }

  public Snapshot snapshot() {
    return snapshot;
  }

  /** D, or less where the caps do not allow it. */
  public double achievedDraws() {
    return uses.achieved();
  }

  /** r_c. */
  public double uses(int label) {
    return uses.perClass()[label];
  }

  /** a r_c. */
  public double arrival(int label) {
    return arrival[label];
  }

  /** (1 - a) p_c r_c of every class: what each consumed event adds to the accounts. */
  public double[] schedule() {
    return schedule;
  }

  /** e_c. */
  public double evaluation(int label) {
    return evaluation[label];
  }

  /** l_c, before an event's importance. */
  public double lossWeight(int label) {
    return lossWeight[label];
  }

  /** l_c times an event's importance, which is bounded as the counter bounds it. */
  public double lossWeight(int label, double importance) {
    return lossWeight[label] * Math.min(importance, snapshot.counts().mostImportance(label));
  }

  /** l_c times the class's mean importance: what a scheduled draw pays. */
  public double scheduledWeight(int label) {
    return scheduledWeight[label];
  }

  /** By what events that are used with this plan are served. */
  MiniBatch.Known known() {
    return known;
  }

  float[] prior() {
    return prior32;
  }

  float[] classWeight() {
    return classWeight32;
  }

  public float[] uses() {
    return uses32;
  }

  private static void requireDrawn(Snapshot snapshot, double[] sampling) {
    for (int c = 0; c < sampling.length; c++) {
      if (!(sampling[c] > 0) && snapshot.weights()[c] > 0) {
        throw new IllegalArgumentException(
            "class '%s' has class weight %s but sampling weight %s: a class with weight must be drawn"
                .formatted(snapshot.classes().get(c), snapshot.weights()[c], sampling[c]));
      }
    }
  }

  /** The factor that gives the expected batch a mean loss weight of one. */
  private static double scale(Snapshot snapshot, Uses uses) {
    double paid = 0;
    for (int c = 0; c < snapshot.classCount(); c++) {
      if (uses.perClass()[c] > 0) {
        paid += snapshot.priors()[c] * snapshot.weights()[c] * snapshot.counts().meanImportance(c);
      }
    }
    return paid > 0 ? uses.achieved() / paid : 1;
  }

  /** Of a class that was ever counted never 0, however long ago: 0 is one that was not. */
  private static float[] shares(double[] values) {
    float[] shares = floats(values);
    for (int c = 0; c < shares.length; c++) {
      shares[c] = values[c] > 0 ? Math.max(Float.MIN_NORMAL, shares[c]) : 0;
    }
    return shares;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
