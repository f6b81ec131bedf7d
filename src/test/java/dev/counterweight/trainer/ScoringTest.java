package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoringTest {
  private static final int ROWS = 60;

  /** How a row is served, and what is decided for it. */
  private record Outcome(List<Double> served, int decision) {}

  /** Of the second class. */
  private record Row(double raw, double served, int decision) {
    static Row of(Prediction prediction) {
      return new Row(prediction.raw()[1], prediction.served()[1], prediction.decision());
    }
  }

  /** What a row's neighbours are must not matter to it: all of them are scored before learning. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | argmax-balanced | 1",
        "3 | argmax-balanced | 1",
        "3 | argmax-balanced | 3",
        "3 | argmax-scores | 1",
        "1 | argmax-scores | 2",
        "0 | recall(fraud,0.8) | 1",
        "1 | recall(fraud,0.8) | 1"
      })
  void noRowOfASliceIsServedOrDecidedByWhatTheSameSliceTeaches(
      int slicesBefore, String decision, int candidates) {
    MiniBatch.EvaluationSlice slice = slice(100);
    float[] logits = logits(100, candidates);
    Candidates all = new Candidates(candidates, false, false);

    List<Outcome> together = score(slicesBefore, decision, all, slice, logits);

    assertThat(together).hasSize(ROWS);
    for (int row = 0; row < ROWS; row++) {
      int width = 2 * candidates;
      float[] own = Arrays.copyOfRange(logits, width * row, width * (row + 1));
      assertThat(score(slicesBefore, decision, all, only(slice, row), own))
          .as("row " + row)
          .containsExactly(together.get(row));
    }
  }

  @Test
  void aRowWithoutAFiniteScoreIsLeftOutAloneAndCounted() {
    JobConfig config = config("recall(fraud,0.8)");
    List<Long> offsets = new ArrayList<>();
    Scoring scoring = new Scoring(config, Candidates.ONE, p -> offsets.add(p.offset()));
    float[] logits = logits(1, 1);
    logits[3] = Float.NaN;
    logits[8] = Float.POSITIVE_INFINITY;

    scoring.score(record(slice(1)), logits, 1, new long[3]);

    assertThat(offsets).hasSize(ROWS - 2).doesNotContain(1L, 4L);
    assertThat(scoring.takeUnscored()).isEqualTo(2);
    assertThat(scoring.takeUnscored()).isZero();
    assertThat(new SafeTensors(scoring.state()).doubles("calibrator.rows", 1))
        .containsExactly(ROWS - 2);
    scoring
        .state()
        .values()
        .forEach(
            tensor -> {
              if (tensor instanceof Tensor.F64 f64) {
                assertThat(Arrays.stream(f64.values()).allMatch(Double::isFinite)).isTrue();
              }
            });
  }

  @Test
  void aCandidateWhoseScoresAreNotFiniteLosesItsShareAndHoldsUpNoRowAnyMore() {
    Scoring scoring =
        new Scoring(config("argmax-balanced"), new Candidates(2, false, false), prediction -> {});
    float[] logits = new float[4 * ROWS];
    for (int slice = 0; slice < 4; slice++) {
      float[] own = logits(slice, 1);
      for (int row = 0; row < ROWS; row++) {
        System.arraycopy(own, 2 * row, logits, 4 * row, 2);
        logits[4 * row + 3] = Float.NaN;
      }
      scoring.score(record(slice(slice)), logits, 1, new long[2]);
      assertThat(scoring.takeUnscored()).isEqualTo(slice == 0 ? ROWS : 0);
    }

    assertThat(scoring.mixture().shares()).containsExactly(1, 0);
    assertThat(scoring.evaluation().sinceStart().confusion().scored()).isEqualTo(3 * ROWS);
    assertThat(scoring.servesAny(logits)).isTrue();
  }

  @Test
  void aClassIsANewcomerToTheCalibratorFromTheSliceOnByWhichItIsCounted() {
    Scoring scoring = new Scoring(config("argmax-balanced"), Candidates.ONE, prediction -> {});
    MiniBatch.Known before = new MiniBatch.Known(new float[] {1, 0}, new float[] {1, 1});
    MiniBatch.EvaluationSlice first = slice(1);
    Arrays.fill(first.labels(), 0);
    scoring.score(record(first, before), logits(1, 1), 1, new long[2]);
    assertThat(newness(scoring)[1]).isNegative();

    MiniBatch.EvaluationSlice second = slice(2);
    Arrays.fill(second.labels(), 0);
    scoring.score(record(second), logits(2, 1), 2, new long[2]);

    assertThat(newness(scoring)[1]).isPositive();
    assertThat(newness(scoring)[0]).isZero();
  }

  /** The counts, and so the weights, are of before; the calibrator follows at once. */
  @Test
  void decisionsStayBalancedWhereTheClassesAreNoLongerWhatWasCountedOfThem() {
    List<Row> newest = new ArrayList<>();
    Scoring scoring =
        new Scoring(config("argmax-balanced"), Candidates.ONE, p -> newest.add(Row.of(p)));
    for (int seed = 0; seed < 100; seed++) {
      newest.clear();
      SplittableRandom random = new SplittableRandom(seed);
      MiniBatch.EvaluationSlice slice = slice(seed);
      float[] logits = new float[2 * ROWS];
      for (int row = 0; row < ROWS; row++) {
        slice.labels()[row] = random.nextInt(2);
        logits[2 * row + 1] = (float) (4 * slice.labels()[row] - 2 + 2 * random.nextGaussian());
      }
      scoring.score(record(slice), logits, seed, new long[2]);
    }

    assertThat(newest).anyMatch(row -> row.raw() < 0.5 && row.served() > 0.2);
    assertThat(newest)
        .filteredOn(row -> Math.abs(row.raw() - 0.5) > 0.1)
        .hasSizeGreaterThan(ROWS / 2)
        .allMatch(row -> row.decision() == (row.raw() > 0.5 ? 1 : 0));
  }

  private static double[] newness(Scoring scoring) {
    return new SafeTensors(scoring.state()).doubles("calibrator.newness", 2);
  }

  private static List<Outcome> score(
      int slicesBefore,
      String decision,
      Candidates candidates,
      MiniBatch.EvaluationSlice slice,
      float[] logits) {
    List<Outcome> outcomes = new ArrayList<>();
    JobConfig config = config(decision);
    Scoring scoring =
        new Scoring(
            config,
            candidates,
            p -> outcomes.add(new Outcome(List.of(p.served()[0], p.served()[1]), p.decision())));
    for (int before = 0; before < slicesBefore; before++) {
      scoring.score(record(slice(before)), logits(before, candidates.count()), 1, new long[3]);
    }
    outcomes.clear();
    scoring.score(record(slice), logits, 2, new long[3]);
    return outcomes;
  }

  private static JobConfig config(String decision) {
    return JobConfigLoader.load(
        Map.of(
            "job", "unused",
            "bootstrap.servers", "unused:1",
            "events.topic", "unused",
            "events.label", "label",
            "events.classes", "ok,fraud",
            "events.features", "x",
            "checkpoint.dir", "unused",
            "decision", decision));
  }

  private static MiniBatch record(MiniBatch.EvaluationSlice slice) {
    return record(slice, new MiniBatch.Known(new float[] {0.9f, 0.1f}, new float[] {0.6f, 5}));
  }

  private static MiniBatch record(MiniBatch.EvaluationSlice slice, MiniBatch.Known known) {
    return new MiniBatch(
        Batches.NO_DRAWS,
        slice,
        known,
        new float[2],
        new float[2],
        new float[2],
        new MiniBatch.Origin(
            "job", 1, new TreeMap<>(), new TreeMap<>(), 0, 0, new StreamIdentity("c", "t"), null));
  }

  private static MiniBatch.EvaluationSlice slice(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] labels = new long[ROWS];
    float[] weights = new float[ROWS];
    int[] partitions = new int[ROWS];
    long[] offsets = new long[ROWS];
    for (int row = 0; row < ROWS; row++) {
      labels[row] = random.nextInt(4) == 0 ? 1 : 0;
      weights[row] = 1 + random.nextInt(5);
      offsets[row] = row;
    }
    return new MiniBatch.EvaluationSlice(new float[ROWS], labels, weights, partitions, offsets);
  }

  private static float[] logits(int seed, int candidates) {
    SplittableRandom random = new SplittableRandom(~seed);
    float[] logits = new float[2 * candidates * ROWS];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (4 * random.nextDouble() - 2);
    }
    return logits;
  }

  private static MiniBatch.EvaluationSlice only(MiniBatch.EvaluationSlice slice, int row) {
    return new MiniBatch.EvaluationSlice(
        new float[] {slice.features()[row]},
        new long[] {slice.labels()[row]},
        new float[] {slice.weights()[row]},
        new int[] {slice.sourcePartition()[row]},
        new long[] {slice.sourceOffset()[row]});
  }
}
