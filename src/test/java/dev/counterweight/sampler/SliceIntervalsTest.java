package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.evaluation.Prequential;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SliceIntervalsTest {
  private static final double SMALL = 0.001;

  /** Of the slices that have none of a kind of event; Clopper and Pearson's limit of that share. */
  private static double unseen(int rows) {
    return 1 - Math.pow(0.025, 1.0 / rows);
  }

  @Test
  void ofClassesEvaluatedWholeTheIntervalsAreTheMetricsThemselves() {
    SplittableRandom random = new SplittableRandom(5);
    int[] labels = random.ints(300, 0, 3).toArray();
    int[] decisions = random.ints(300, 0, 3).toArray();
    // Sixteenths: many ties, and exact in float32.
    double[][] served =
        IntStream.range(0, 300)
            .mapToObj(
                i -> {
                  int first = random.nextInt(1, 14);
                  int second = random.nextInt(1, 16 - first);
                  return new double[] {first / 16., second / 16., (16 - first - second) / 16.};
                })
            .toArray(double[][]::new);
    Prequential evaluation = new Prequential(3);
    for (int i = 0; i < labels.length; i++) {
      evaluation.add(labels[i], decisions[i], 1, served[i], served[i]);
    }
    Metrics metrics = evaluation.sinceStart();

    SliceIntervals slice = of(new double[] {1, 1, 1}, labels, decisions, served);

    assertPoint(slice.logLoss(), metrics.logLoss().orElseThrow());
    for (int c = 0; c < 3; c++) {
      Map<String, Interval> intervals = slice.of(c);
      assertPoint(
          named(intervals, "precision " + c), metrics.confusion().precision(c).orElseThrow());
      assertPoint(named(intervals, "f1 " + c), metrics.confusion().f1(c).orElseThrow());
      assertPoint(named(intervals, "roc " + c), metrics.served().get(c).rocAuc().orElseThrow());
      assertPoint(
          named(intervals, "pr " + c), metrics.served().get(c).averagePrecision().orElseThrow());
    }
  }

  /** The common class's 200 rows rank below the rare ones, all of which are seen. */
  @Test
  void perfectRankingsAreOnlyAsSureAsTheRowsThatWereSeen() {
    Interval roc = named(twoClasses(20, 200, new double[] {1, SMALL}), "roc 0");

    assertThat(1 - roc.low()).isCloseTo(unseen(200), within(0.25 * unseen(200)));
    assertThat(roc.high()).isEqualTo(1);
  }

  @Test
  void rowsOfTheClassItselfThatWereMissedMayRankLast() {
    Interval roc = named(twoClasses(150, 40, new double[] {SMALL, 1}), "roc 0");

    assertThat(1 - roc.low()).isCloseTo(unseen(150), within(0.25 * unseen(150)));
  }

  /** Of 10 rows of weight 1 and 1000 of 1000 each, of which about 3.7 may have been missed. */
  @Test
  void oneMissedRowOfTheCommonClassMayOutweighAllOfTheRareOne() {
    Map<String, Interval> intervals = twoClasses(10, 1000, new double[] {1, SMALL});

    double missed = -Math.log(0.025) / SMALL;
    assertThat(named(intervals, "precision 0").low())
        .isCloseTo(10 / (10 + missed), within(0.3 * 10 / missed));
    assertThat(named(intervals, "pr 0").low()).isLessThan(0.01);
    assertThat(named(intervals, "precision 0").high()).isEqualTo(1);
  }

  @Test
  void fewerEventsPassedOverLeaveLessUnsure() {
    double half = width(named(twoClasses(100, 100, new double[] {0.5, 0.5}), "f1 0"));
    double few = width(named(twoClasses(100, 100, new double[] {0.05, 0.05}), "f1 0"));
    double most = width(named(twoClasses(100, 100, new double[] {0.95, 0.95}), "f1 0"));

    assertThat(most).isPositive().isLessThan(half / 2);
    assertThat(half).isLessThan(few);
  }

  @Test
  void anEventMissedHasAtMostTheLargestLossOfItsClass() {
    int rows = 400;
    int[] labels = new int[rows];
    double[][] served = new double[rows][];
    Arrays.fill(served, new double[] {0.9, 0.1});
    served[7] = new double[] {1e-4, 1 - 1e-4};
    Interval loss = of(new double[] {SMALL, 1}, labels, labels, served).logLoss();

    // Of losses of two values it is the interval of the share of the larger, seen once.
    double often = -Math.log(0.9);
    double seldom = -Math.log(1e-4) - often;
    assertThat((loss.high() - often) / seldom).isCloseTo(5.57 / rows, within(1. / rows));
    assertThat(loss.low()).isBetween(often * 0.95, often + seldom * 0.2 / rows);
  }

  @Test
  void anEventMissedOfAClassWithoutRowsMayHaveTheLargestLossOfAll() {
    double[][] served = new double[10][];
    Arrays.fill(served, new double[] {0.9, 0.1});

    Interval loss = of(new double[] {SMALL, SMALL}, new int[10], new int[10], served).logLoss();

    assertThat(loss.high()).isCloseTo(-Math.log(0.9), within(1e-9));
  }

  @Test
  void whatTheSliceHasNoRowOfSaysNothing() {
    SliceIntervals slice =
        of(
            new double[] {0.5, 0.5},
            new int[] {0, 0},
            new int[] {0, 0},
            new double[][] {{0.7, 0.3}, {0.6, 0.4}});

    assertThat(slice.of(1)).isEmpty();
    assertThat(slice.of(0)).containsOnlyKeys("f1 0", "precision 0", "pr 0");
  }

  /** All decided right, every row of class 0 ranked above those of class 1. */
  private static Map<String, Interval> twoClasses(int first, int second, double[] shares) {
    int[] labels = IntStream.range(0, first + second).map(i -> i < first ? 0 : 1).toArray();
    double[][] served =
        Arrays.stream(labels)
            .mapToObj(c -> c == 0 ? new double[] {0.8, 0.2} : new double[] {0.3, 0.7})
            .toArray(double[][]::new);
    return of(shares, labels, labels, served).of(0);
  }

  private static SliceIntervals of(
      double[] shares, int[] labels, int[] decisions, double[][] served) {
    return new SliceIntervals(shares, labels, decisions, served, new SplittableRandom(11));
  }

  private static Interval named(Map<String, Interval> intervals, String name) {
    return Objects.requireNonNull(intervals.get(name), name);
  }

  private static void assertPoint(Interval interval, double value) {
    assertThat(interval.low()).isCloseTo(value, within(1e-12));
    assertThat(interval.high()).isCloseTo(value, within(1e-12));
  }

  private static double width(Interval interval) {
    return interval.high() - interval.low();
  }
}
