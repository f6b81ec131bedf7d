package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.RecentShares;
import dev.counterweight.config.JobConfig;
import dev.counterweight.serving.LabelStack;
import dev.counterweight.serving.ServedProbabilities;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Labels that come in runs of about thirty, of which a model sees nothing. */
class RecentEvidenceTest {
  private static final float[] RATES = {1, 0.2f, 0.03f};
  private static final float[] WEIGHTS = {1, 1, 1};
  private static final double[] UNKNOWN = {1 / 3.0, 1 / 3.0, 1 / 3.0};
  private static final int ROWS = 40;
  private static final int RECORDS = 400;
  private static final double BLIND = Math.log(3);

  private final SplittableRandom random = new SplittableRandom(5);
  private final float[] shares = new float[9];
  private int label;

  /** Log losses of rows by the labels right before them, and as a checkpoint would serve them. */
  private record Losses(double atOnce, double served, double misled) {}

  @Test
  void whatACheckpointServesIsNotMisledByLabelsThatAreOldByThen() {
    Losses losses = losses("50");

    assertThat(losses.atOnce()).isLessThan(0.5 * BLIND);
    assertThat(losses.misled()).isGreaterThan(1.5 * BLIND);
    assertThat(losses.served()).isLessThan(1.02 * BLIND);
  }

  @Test
  void whatCheckpointsServeThatAreSoonThereGainsToo() {
    assertThat(losses("1").served()).isLessThan(0.9 * BLIND);
  }

  private Losses losses(String everySteps) {
    JobConfig config = job(everySteps);
    RecentEvidence evidence = new RecentEvidence(config);
    ServedProbabilities probability = ServedProbabilities.of(config.trainer().loss(), 3);
    evidence.observe(WEIGHTS, true);
    double[] sums = new double[3];
    float[] checkpoint = shares.clone();
    for (int record = 0; record < RECORDS; record++) {
      RecentShares of = new RecentShares(new float[9 * ROWS], new TreeMap<>());
      for (int row = 0; row < ROWS; row++) {
        int next = random.nextInt(30) == 0 ? random.nextInt(3) : label;
        System.arraycopy(shares, 0, of.before(), 9 * row, 9);
        double[] served = UNKNOWN.clone();
        evidence.score(served, probability, of, row, next, 1);
        sums[0] -= Math.log(served[next]);
        sums[1] -= Math.log(by(evidence.late().stack(), checkpoint)[next]);
        sums[2] -= Math.log(by(evidence.stack(), checkpoint)[next]);
        evidence.learn(UNKNOWN.clone(), of, row, next, 1);
        comes(next);
      }
      evidence.cover(new RecentShares(of.before(), after()), record + 1);
      checkpoint = (record + 1) % Integer.parseInt(everySteps) == 0 ? shares.clone() : checkpoint;
    }
    double rows = ROWS * (double) RECORDS;
    return new Losses(sums[0] / rows, sums[1] / rows, sums[2] / rows);
  }

  private static double[] by(LabelStack stack, float[] known) {
    double[] served = UNKNOWN.clone();
    stack.apply(served, known, 0, served);
    return served;
  }

  private void comes(int next) {
    label = next;
    for (int i = 0; i < shares.length; i++) {
      shares[i] += RATES[i / 3] * ((i % 3 == next ? 1 : 0) - shares[i]);
    }
  }

  private TreeMap<Integer, float[]> after() {
    return new TreeMap<>(Map.of(0, shares.clone()));
  }

  private static JobConfig job(String everySteps) {
    return new TrainerJob("localhost:1", "any", Path.of("unused"))
        .with("events.recent.labels", "true")
        .with("checkpoint.every.steps", everySteps)
        .config();
  }
}
