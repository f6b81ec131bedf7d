package dev.counterweight.serving;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.exporting.MadeCheckpoint;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReasonsTest {
  private static final FeatureSchema FEATURES =
      FeatureSchema.of(
          List.of("amount", "age", "country", "tags", "seen"),
          List.of(
              "number",
              "number(missing=mean)",
              "category(buckets=50,width=5,seed=3)",
              "categories(buckets=20,width=3,seed=3,items=2)",
              "time(zone=UTC,missing=mean)"));

  @ParameterizedTest
  @ValueSource(ints = {0, 8})
  void inALinearModelTheyAddUpToTheDifferenceOfTheScores(int quantiles) {
    StoredCheckpoint stored =
        new MadeCheckpoint(4).features(FEATURES).layers("none").quantiles(quantiles).make();
    float[] bias = tensors(stored).floats("0.bias");
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 200; i++) {
      List<Reason> reasons = model.reasons(row(random), 0, scratch, 5);

      int decided = scratch.decision();
      int other = runnerUp(scratch.logits(), decided);
      double sum = (double) bias[decided] - bias[other];
      for (Reason reason : reasons) {
        sum += reason.contribution();
      }
      double gap = (double) scratch.logits()[decided] - scratch.logits()[other];
      assertThat(sum).isCloseTo(gap, within(1e-3 * Math.max(1, Math.abs(gap))));
    }
  }

  /** To scale the weights of a feature's inputs is to scale the inputs. */
  @ParameterizedTest
  @EnumSource(Activation.class)
  void inANetworkTheyAreItsSlopeTimesItsInputs(Activation activation) {
    String name = activation.name().toLowerCase(Locale.ROOT).replace('_', '-');
    StoredCheckpoint stored =
        new MadeCheckpoint(8).features(FEATURES).layers(name, 9, 6).quantiles(8).make();
    float[] row = row(new SplittableRandom(3));
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    Map<String, Double> reasons = byName(model.reasons(row, 0, scratch, 5));
    int decided = scratch.decision();
    int other = runnerUp(scratch.logits(), decided);

    double step = 1e-3;
    for (String feature : FEATURES.names()) {
      double up = gap(scaled(stored, feature, 1 + step), row, decided, other);
      double down = gap(scaled(stored, feature, 1 - step), row, decided, other);
      double slope = (up - down) / (2 * step);
      assertThat(reasons.get(feature)).as(feature).isCloseTo(slope, within(2e-2));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "silu"})
  void ofSeveralCandidatesTheyAreTheMeanByTheirShares(String activation) {
    MadeCheckpoint made =
        new MadeCheckpoint(8).features(FEATURES).quantiles(8).classes(List.of("a", "b"));
    StoredCheckpoint stored =
        (activation.equals("none") ? made.layers("none") : made.layers(activation, 9, 6))
            .candidates(new Candidates(2, true, false), 0.5, 0.0, 0.2, 0.3)
            .make();
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 20; i++) {
      float[] row = row(random);
      Map<String, Double> reasons = byName(model.reasons(row, 0, scratch, 5));
      Map<String, Double> mean = new HashMap<>();
      Map<String, Double> shares = Map.of("rate.0.", 0.5, "average.0.", 0.2, "average.1.", 0.3);
      shares.forEach(
          (prefix, share) -> {
            ServedModel alone = ServedCheckpoint.of(MadeCheckpoint.alone(stored, prefix));
            Scratch own = alone.scratch();
            List<Reason> told = alone.reasons(row, 0, own, 5);
            // Of two classes a difference has but one other sign.
            double sign = own.decision() == scratch.decision() ? share : -share;
            told.forEach(
                reason -> mean.merge(reason.feature(), sign * reason.contribution(), Double::sum));
          });

      for (String feature : FEATURES.names()) {
        assertThat(reasons.get(feature)).as(feature).isCloseTo(mean.get(feature), within(1e-9));
      }
    }
  }

  @Test
  void aNumberCountsFromItsMean() {
    StoredCheckpoint stored = new MadeCheckpoint(8).layers("silu", 9).make();
    float[] mean = tensors(stored).floats("normalizer.mean");
    float[] std = tensors(stored).floats("normalizer.std");
    float[] row = new float[4];
    for (int f = 0; f < 4; f++) {
      row[f] = mean[f] + (f == 3 ? 0 : (f - 0.7f) * std[f]);
    }
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    Map<String, Double> reasons = byName(model.reasons(row, 0, scratch, 4));
    int decided = scratch.decision();
    int other = runnerUp(scratch.logits(), decided);

    for (int f = 0; f < 4; f++) {
      float[] up = row.clone();
      float[] down = row.clone();
      up[f] += 1e-2f * std[f];
      down[f] -= 1e-2f * std[f];
      double slope =
          (gap(stored, up, decided, other) - gap(stored, down, decided, other))
              / ((double) up[f] - down[f]);
      assertThat(reasons.get("wxyz".substring(f, f + 1)))
          .isCloseTo(slope * ((double) row[f] - mean[f]), within(1e-2));
    }
    assertThat(reasons.get("z")).isZero();
  }

  @Test
  void theLargestComeFirstAndNoMoreThanAskedFor() {
    ServedModel model = ServedCheckpoint.of(new MadeCheckpoint(8).features(FEATURES).make());
    float[] row = row(new SplittableRandom(3));
    List<Reason> all = model.reasons(row, 0, model.scratch(), 99);

    assertThat(all).extracting(Reason::feature).containsExactlyInAnyOrder(names());
    assertThat(all)
        .isSortedAccordingTo(
            Comparator.comparingDouble((Reason r) -> Math.abs(r.contribution())).reversed());
    assertThat(model.reasons(row, 0, model.scratch(), 2)).isEqualTo(all.subList(0, 2));
    assertThat(model.explains()).isTrue();
  }

  @Test
  void ofARowWithoutAScoreThereAreNone() {
    ServedModel model = ServedCheckpoint.of(new MadeCheckpoint(8).make());
    Scratch scratch = model.scratch();

    assertThat(model.reasons(new float[] {1, Float.NaN, 2, 3}, 0, scratch, 3)).isEmpty();
    assertThat(scratch.scored()).isFalse();
    assertThat(scratch.decision()).isEqualTo(Scratch.UNDECIDED);
    assertThat(scratch.probabilities()).containsOnly(Double.NaN);
    model.score(new float[] {1, 1, 2, 3}, 0, scratch);
    assertThat(scratch.scored()).isTrue();
  }

  private static String[] names() {
    return FEATURES.names().toArray(String[]::new);
  }

  private static float[] row(SplittableRandom random) {
    return new float[] {
      (float) random.nextGaussian() * 100,
      (float) random.nextGaussian() * 100,
      0,
      random.nextInt(50),
      random.nextInt(20),
      random.nextInt(20),
      0.5f,
      -0.3f,
      0.2f,
      0.9f,
      0
    };
  }

  private static int runnerUp(float[] logits, int decided) {
    int best = -1;
    for (int c = 0; c < logits.length; c++) {
      if (c != decided && (best < 0 || logits[c] > logits[best])) {
        best = c;
      }
    }
    return best;
  }

  private static double gap(StoredCheckpoint stored, float[] row, int of, int against) {
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    model.score(row, 0, scratch);
    return (double) scratch.logits()[of] - scratch.logits()[against];
  }

  private static Map<String, Double> byName(List<Reason> reasons) {
    Map<String, Double> byName = new HashMap<>();
    reasons.forEach(reason -> byName.put(reason.feature(), reason.contribution()));
    return byName;
  }

  private static SafeTensors tensors(StoredCheckpoint stored) {
    return SafeTensors.parse(requireNonNull(stored.files().get(StoredCheckpoint.MODEL)));
  }

  /** With the first layer's weights of a feature's inputs times a factor. */
  private static StoredCheckpoint scaled(StoredCheckpoint stored, String feature, double factor) {
    List<String> inputs = inputs();
    SortedMap<String, Tensor> tensors = new TreeMap<>(tensors(stored).tensors());
    float[] weights = tensors(stored).floats("0.weight").clone();
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= inputs.get(i % inputs.size()).equals(feature) ? (float) factor : 1;
    }
    tensors.put("0.weight", new Tensor.F32(weights, tensors(stored).tensor("0.weight").shape()));
    SortedMap<String, byte[]> files = new TreeMap<>(stored.files());
    files.put(StoredCheckpoint.MODEL, new SafeTensors(tensors).toBytes());
    return new StoredCheckpoint(stored.ref(), stored.location(), stored.manifest(), files);
  }

  /** Of each input of the network its feature: numbers, their copies by rank, vectors. */
  private static List<String> inputs() {
    List<String> numbers = List.of("amount", "age", "age", "seen", "seen", "seen", "seen", "seen");
    List<String> inputs = new ArrayList<>(numbers);
    inputs.addAll(numbers);
    inputs.addAll(List.of("country", "country", "country", "country", "country"));
    inputs.addAll(List.of("tags", "tags", "tags"));
    return inputs;
  }
}
