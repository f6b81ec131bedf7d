package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixtureTest {
  /** A row as candidates told it. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Row(double[] told, int label) {}

  @Property(tries = 100)
  void itIsTheMeanOverClassesOfFadingResponsibilities(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 16) int candidates,
      @ForAll @IntRange(min = 2, max = 5) int classes) {
    SplittableRandom random = new SplittableRandom(seed);
    Mixture mixture = hosts(candidates, classes);
    List<List<Row>> slices = new ArrayList<>();
    for (int s = 0; s < 12; s++) {
      List<Row> slice = new ArrayList<>();
      for (int r = random.nextInt(80); r > 0; r--) {
        double[] told = random.doubles(candidates).map(p -> p * p * p * p).toArray();
        if (random.nextInt(9) == 0) {
          told[random.nextInt(candidates)] = random.nextBoolean() ? Double.NaN : 0;
        }
        // The last class is not met.
        slice.add(new Row(told, random.nextInt(1 + random.nextInt(classes - 1))));
      }
      slices.add(slice);
      slice.forEach(row -> mixture.learn(row.told(), row.label()));
      mixture.refresh();

      double[] plain = plainly(slices, candidates, classes);
      assertThat(mixture.shares()).containsExactly(cut(plain), within(1e-9));
      assertThat(Arrays.stream(mixture.shares()).sum()).isCloseTo(1, within(1e-12));
      assertThat(Arrays.stream(mixture.shares())).allMatch(share -> share == 0 || share >= 0.05);
    }
  }

  /** All of the history again: a row counts 1/n of its class's n-th, or 1/200 from the 200th on. */
  private static double[] plainly(List<List<Row>> slices, int candidates, int classes) {
    double[] weights = new double[candidates];
    Arrays.fill(weights, 1.0 / candidates);
    List<List<double[]>> byClass = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      byClass.add(new ArrayList<>());
    }
    for (List<Row> slice : slices) {
      for (Row row : slice) {
        double[] responsible = new double[candidates];
        for (int j = 0; j < candidates; j++) {
          double told = row.told()[j];
          responsible[j] = weights[j] * (told >= 1e-4 ? told : 1e-4);
        }
        double sum = Arrays.stream(responsible).sum();
        byClass.get(row.label()).add(Arrays.stream(responsible).map(r -> r / sum).toArray());
      }
      List<double[]> means =
          byClass.stream().filter(rows -> !rows.isEmpty()).map(MixtureTest::faded).toList();
      for (int j = 0; j < candidates && !means.isEmpty(); j++) {
        int of = j;
        double mean = means.stream().mapToDouble(m -> m[of]).average().orElseThrow();
        weights[j] = 0.98 * mean + 0.02 / candidates;
      }
    }
    return weights;
  }

  /** A weighted mean, whose weights are worked out from the end. */
  private static double[] faded(List<double[]> rows) {
    double[] mean = new double[rows.get(0).length];
    double left = 1;
    for (int n = rows.size(); n > 0; n--) {
      double weight = left / Math.min(n, 200);
      left -= weight;
      for (int j = 0; j < mean.length; j++) {
        mean[j] += weight * rows.get(n - 1)[j];
      }
    }
    return mean;
  }

  private static double[] cut(double[] weights) {
    double sum = Arrays.stream(weights).filter(w -> w >= 0.05).sum();
    return Arrays.stream(weights).map(w -> w >= 0.05 ? w / sum : 0).toArray();
  }

  @Test
  void itFollowsASwitchBetweenCandidates() {
    Mixture mixture = hosts(3, 2);
    feed(mixture, 4000, 0.9, 0.5, 0.1);
    assertThat(mixture.shares()[0]).isGreaterThan(0.9);
    assertThat(mixture.shares()[2]).isZero();

    feed(mixture, 4000, 0.1, 0.5, 0.9);
    assertThat(mixture.shares()[2]).isGreaterThan(0.9);
    assertThat(mixture.shares()[0]).isZero();
  }

  @Test
  void classesCountAlikeHoweverRare() {
    Mixture mixture = hosts(2, 2);
    for (int i = 0; i < 20_000; i++) {
      boolean rare = i % 100 == 0;
      mixture.learn(rare ? new double[] {0.05, 0.9} : new double[] {0.9, 0.85}, rare ? 1 : 0);
      mixture.refresh();
    }

    assertThat(mixture.shares()[1]).isGreaterThan(0.8);
  }

  @Test
  void noShareChangesWithinASlice() {
    Mixture mixture = hosts(2, 2);
    double[] before = mixture.shares().clone();

    mixture.learn(new double[] {0.9, 0.1}, 1);

    assertThat(mixture.shares()).isEqualTo(before);
    mixture.refresh();
    assertThat(mixture.shares()[0]).isGreaterThan(before[0]);
  }

  @Test
  void manyAlikeAreAllServed() {
    Mixture mixture = hosts(16, 3);
    mixture.refresh();

    assertThat(mixture.shares()).containsOnly(1.0 / 16);
  }

  @Test
  void itGoesOnFromItsState() {
    Mixture mixture = hosts(3, 2);
    feed(mixture, 50, 0.2, 0.5, 0.4);
    SortedMap<String, Tensor> state = State.of(mixture).save();
    Mixture other = hosts(3, 2);
    feed(other, 7, 0.9, 0.5, 0.1);
    State.of(other).check(state).run();
    assertThat(other.shares()).isEqualTo(mixture.shares());

    feed(mixture, 30, 0.6, 0.5, 0.4);
    feed(other, 30, 0.6, 0.5, 0.4);
    assertThat(other.shares()).isEqualTo(mixture.shares());
    assertThat(State.of(other).save().keySet())
        .containsExactly("mixture.responsibility", "mixture.rows", "mixture.weights");
    assertThat(State.of(hosts(1, 2)).save()).isEmpty();
    assertThatThrownBy(() -> State.of(hosts(2, 2)).check(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("mixture.");
  }

  private static void feed(Mixture mixture, int rows, double... told) {
    for (int i = 0; i < rows; i++) {
      mixture.learn(told, i % 2);
      mixture.refresh();
    }
  }

  @Test
  void aStateWhoseSharesDoNotSumToOneIsRefused() {
    SortedMap<String, Tensor> state = State.of(hosts(2, 2)).save();
    state.put("mixture.weights", new Tensor.F64(new double[] {0, 0}, 2));

    assertThatThrownBy(() -> State.of(hosts(2, 2)).check(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessage("tensor 'mixture.weights' sums to 0.0: must sum to 1");
  }

  @Property(tries = 50)
  void untilItsShareIsLargeAGuestChangesNothing(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Mixture hosts = hosts(4, 3);
    Mixture all = new Mixture(new Candidates(2, true, true), 3);
    for (int row = 0; row < 300; row++) {
      double[] told = random.doubles(5).toArray();
      told[4] *= 0.8;
      int label = random.nextInt(3);
      hosts.learn(told, label);
      all.learn(told, label);
      hosts.refresh();
      all.refresh();

      double guest =
          State.of(all).save().get("mixture.guest") instanceof Tensor.F64 t ? t.values()[0] : 1;
      if (guest < 0.25) {
        assertThat(all.shares()).startsWith(hosts.shares()).endsWith(0);
      }
    }
  }

  @Test
  void aGuestTakesOverWhereItTellsBestAndLeavesAgain() {
    Mixture mixture = new Mixture(new Candidates(2, false, true), 2);
    assertThat(mixture.candidates()).isEqualTo(3);
    assertThat(mixture.shares()).containsExactly(0.5, 0.5, 0);

    feed(mixture, 4000, 0.2, 0.3, 0.9);
    assertThat(mixture.shares()).containsExactly(0, 0, 1);

    feed(mixture, 800, 0.2, 0.9, 0.75);
    assertThat(mixture.shares()[2]).isBetween(0.25, 0.95);
    assertThat(Arrays.stream(mixture.shares()).sum()).isCloseTo(1, within(1e-12));

    feed(mixture, 4000, 0.2, 0.9, 0.5);
    assertThat(mixture.shares()[2]).isZero();
  }

  @Test
  void aGuestIsWeighedAgainstAllTheOthersTogether() {
    Mixture mixture = new Mixture(new Candidates(2, true, true), 2);

    feed(mixture, 8000, 0.5, 0.5, 0.5, 0.5, 0.55);

    assertThat(mixture.shares()[4]).isGreaterThan(0.25);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 16})
  void aGuestCutsNoneOfOthersThatAreAlike(int hosts) {
    Mixture mixture = new Mixture(new Candidates(hosts, false, true), 2);
    double[] told = new double[hosts + 1];
    Arrays.fill(told, 0.5);
    told[hosts] = 0.9;
    boolean half = false;
    boolean most = false;
    for (int row = 0; row < 8000; row++) {
      feed(mixture, 1, told);
      double guest = mixture.shares()[hosts];
      half |= guest > 0.25 && guest < 0.5;
      most |= guest > 0.8 && guest < 1;
      for (int host = 0; host < hosts; host++) {
        assertThat(mixture.shares()[host]).isCloseTo((1 - guest) / hosts, within(1e-12));
      }
      assertThat(guest == 1 || guest <= 0.95).isTrue();
    }
    assertThat(half).isTrue();
    assertThat(most).isTrue();
    assertThat(mixture.shares()[hosts]).isEqualTo(1);
  }

  @Test
  void aGuestGoesOnFromItsState() {
    Candidates candidates = new Candidates(1, true, true);
    Mixture mixture = new Mixture(candidates, 2);
    feed(mixture, 500, 0.2, 0.3, 0.9);
    SortedMap<String, Tensor> state = State.of(mixture).save();
    Mixture other = new Mixture(candidates, 2);
    State.of(other).check(state).run();
    assertThat(other.shares()).isEqualTo(mixture.shares());

    feed(mixture, 30, 0.6, 0.5, 0.4);
    feed(other, 30, 0.6, 0.5, 0.4);
    assertThat(other.shares()).isEqualTo(mixture.shares());

    state.put("mixture.guest", new Tensor.F64(new double[] {1.5, 0, 0}, 3));
    assertThatThrownBy(() -> State.of(new Mixture(candidates, 2)).check(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessage("tensor 'mixture.guest' begins with 1.5: must be a share");
  }

  /** Without a guest. */
  private static Mixture hosts(int candidates, int classes) {
    return new Mixture(new Candidates(candidates, false, false), classes);
  }
}
