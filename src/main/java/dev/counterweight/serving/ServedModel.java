package dev.counterweight.serving;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.Schema;
import dev.counterweight.forest.Forest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A model as of one checkpoint, from a row of columns to probabilities and decision: the same to
 * the bit as the trainer's evaluation tells by these numbers.
 *
 * <p>Immutable and thread-safe; what a thread works with is its own {@link Scratch}. Closing frees
 * native parts, if there are any; nobody may be scoring then.
 */
public final class ServedModel implements AutoCloseable {
  /** Rows that are scored together where a batch is given: bounds native memory. */
  private static final int BATCH_ROWS = 256;

  private final ModelId id;
  private final Schema schema;
  private final FeatureSchema features;
  private final RawScores scores;
  private final @Nullable Forest forest;
  private final ServingNumbers numbers;
  private final Map<Thread, Object> kept = Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * @param features whose columns are those of rows
   * @param forest beside what makes the scores; null for none, and where its shares are not told
   */
  public ServedModel(
      ModelId id,
      Schema schema,
      FeatureSchema features,
      RawScores scores,
      @Nullable Forest forest,
      ServingNumbers numbers) {
    this.id = id;
    this.schema = schema;
    this.features = features;
    this.scores = scores;
    this.forest = forest;
    this.numbers = numbers;
    if ((forest == null) != (numbers.forest() == null)) {
      throw new IllegalArgumentException(
          "shares of a forest %s: must be there where the model has one, and only there"
              .formatted(numbers.forest()));
    }
    if (numbers.mixture().length != scores.candidates()) {
      throw new IllegalArgumentException(
          "shares of %d candidates: the model has %d"
              .formatted(numbers.mixture().length, scores.candidates()));
    }
  }

  public ModelId id() {
    return id;
  }

  public Schema schema() {
    return schema;
  }

  /** How the columns of a row are made of an event. */
  public FeatureSchema features() {
    return features;
  }

  /** Label values, in class order. */
  public List<String> classes() {
    return schema.classes();
  }

  /** Of the served probability that decides for a class; null if the rule has none. */
  public @Nullable Double threshold() {
    return numbers.threshold();
  }

  /** Whether {@link #reasons} can be told: not of a user's own module. */
  public boolean explains() {
    return scores.explains();
  }

  /** Whether closing it frees native memory, so that nobody may be scoring then. */
  public boolean isNative() {
    return scores.isNative();
  }

  /** Work space for one thread. */
  public Scratch scratch() {
    return new Scratch(
        scores.worker(),
        numbers.probabilities(),
        vote(),
        scores.candidates(),
        classes().size(),
        features.columnCount());
  }

  private @Nullable ForestVote vote() {
    ForestShares shares = numbers.forest();
    return forest == null || shares == null
        ? null
        : new ForestVote(forest, shares, numbers.weights());
  }

  /**
   * Keeps what the calling thread works with for as long as that thread and this model are there;
   * in place of what it kept before. Who holds the model by this alone does not hold it.
   */
  public void keep(Object workplace) {
    kept.put(Thread.currentThread(), workplace);
  }

  /**
   * Scores one row; allocates nothing.
   *
   * @param row holds the columns as {@link dev.counterweight.event.EventDecoder#features} writes
   *     them
   * @param at where they begin
   * @param scratch of this model; receives the outcome
   * @throws IllegalArgumentException if a category's column names no row of its embedding
   */
  public void score(float[] row, int at, Scratch scratch) {
    scratch.worker.score(row, at, 1, scratch.logits, 0);
    serve(row, at, scratch);
  }

  /**
   * Scores rows in turn; a native model takes many of them at once.
   *
   * @param rows row-major
   * @param n rows, from the first
   * @param each is told the number of each row once {@code scratch} holds its outcome
   * @throws IllegalArgumentException if a category's column names no row of its embedding
   */
  public void score(float[] rows, int n, Scratch scratch, IntConsumer each) {
    int width = scratch.logits.length;
    int columns = features.columnCount();
    for (int from = 0; from < n; from += BATCH_ROWS) {
      int taken = Math.min(BATCH_ROWS, n - from);
      if (scratch.batch.length < taken * width) {
        scratch.batch = new float[taken * width];
      }
      scratch.worker.score(rows, from * columns, taken, scratch.batch, 0);
      for (int r = 0; r < taken; r++) {
        System.arraycopy(scratch.batch, r * width, scratch.logits, 0, width);
        serve(rows, (from + r) * columns, scratch);
        each.accept(from + r);
      }
    }
  }

  private void serve(float[] row, int at, Scratch s) {
    if (!s.probability.finite(s.logits, 0)) {
      s.decision = Scratch.UNDECIDED;
      Arrays.fill(s.served, Double.NaN);
      return;
    }
    s.probability.of(s.logits, 0, s.uncorrected);
    if (s.forest != null) {
      s.forest.pool(s.uncorrected, row, at);
    }
    OddsCorrection recent = numbers.recent();
    if (recent != null) {
      recent.apply(s.uncorrected, numbers.weights(), s.uncorrected);
    }
    Correction correction = numbers.correction();
    if (correction == null) {
      System.arraycopy(s.uncorrected, 0, s.served, 0, s.served.length);
    } else {
      correction.apply(s.uncorrected, s.served);
    }
    s.probability.share(s.served);
    Double threshold = numbers.threshold();
    DecisionRule rule = numbers.rule();
    double[] weights = numbers.decisionWeights();
    s.decision =
        rule.of(
            rule.restsOnScores(weights) ? s.raw() : s.raw,
            s.served,
            weights,
            threshold == null ? Double.NaN : threshold);
  }

  /**
   * Scores a row and says what moved its decision: what each feature contributes to the raw score
   * of the class decided for, less what it contributes to that of the runner-up, the class of the
   * largest raw score among the others.
   *
   * <p>A number counts from its mean, a category from a vector of 0, where all of them began. In a
   * linear model contributions are exact: with the difference of the biases they add up to the
   * difference of the two scores. Of a network they are its gradient at this row times the input
   * less its mean: what they would be if the network went on straight from here. Of several
   * candidates they are the mean by their shares; what a forest beside them said is left out. A
   * feature of several columns has their sum.
   *
   * @param scratch of this model; receives the row's outcome, too
   * @param most features to name
   * @return the largest first, whatever their sign; none if a score of the row is not finite
   * @throws UnsupportedOperationException unless the model {@link #explains}
   */
  public List<Reason> reasons(float[] row, int at, Scratch scratch, int most) {
    score(row, at, scratch);
    if (!scratch.scored()) {
      return List.of();
    }
    int decided = scratch.decision;
    int runnerUp = DecisionRule.largest(scratch.raw(), decided);
    scratch.worker.explain(decided, runnerUp, numbers.mixture(), scratch.contributions);
    double[] sums = new double[features.features().size()];
    for (int c = 0; c < scratch.contributions.length; c++) {
      sums[features.columns().get(c).feature()] += scratch.contributions[c];
    }
    List<Reason> reasons = new ArrayList<>(sums.length);
    for (int f = 0; f < sums.length; f++) {
      reasons.add(new Reason(features.features().get(f).name(), sums[f]));
    }
    reasons.sort(Comparator.comparingDouble(reason -> -Math.abs(reason.contribution())));
    return Collections.unmodifiableList(reasons.subList(0, Math.min(most, reasons.size())));
  }

  @Override
  public void close() {
    scores.close();
  }
}
