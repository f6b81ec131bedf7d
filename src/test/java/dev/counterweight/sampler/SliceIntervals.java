package dev.counterweight.sampler;

import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Prequential;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * 95 % intervals of a whole stream's metrics from a slice of it, of which an event of class c was
 * chosen with probability e_c: a bootstrap for such samples.
 *
 * <p>Before each chosen event of a class a geometric number of its events was passed over. In a
 * resample every row stands for itself and as many of those, drawn anew (the Bayesian bootstrap of
 * a finite population, Lo 1988). A class evaluated whole adds no uncertainty, and the size of any
 * other is as uncertain as the slice leaves it.
 *
 * <p>Events passed over may be unlike every row: one wrong event of a common class can outweigh all
 * of a rare one, and most slices have none. So each class has one run of missed events more, for
 * the low limit decided and ranked as badly as can be, for the high limit as well as can be. The
 * metrics of a class rise with every event decided or ranked better; of a proportion, and a small
 * e, this is the interval of Clopper and Pearson (1934), of a mean of bounded values Gaffke's
 * (2005; Learned-Miller and Thomas 2020). It reaches further than the spread of slices does, most
 * of all in average precision, which a single missed event at the top can halve. The mean loss,
 * without a bound that is near, has no such guarantee; nor have the metrics over all classes
 * (accuracy, g-mean, balanced accuracy, MCC and kappa), whose resamples miss no event.
 */
final class SliceIntervals {
  /** With one resample fewer than a multiple of 40, limits are resamples themselves. */
  static final int RESAMPLES = 199;

  private static final int CUT = (RESAMPLES + 1) / 40;

  private final int[] labels;
  private final int[] decisions;
  private final double[][] served;

  /** Events that each row stands for, and those missed of each class, by resample. */
  private final double[][] events;

  private final double[][] missed;

  /**
   * @param shares e_c by which the rows were chosen
   * @param served K probabilities of each row
   */
  SliceIntervals(
      double[] shares, int[] labels, int[] decisions, double[][] served, SplittableRandom random) {
    this.labels = labels;
    this.decisions = decisions;
    this.served = served;
    this.events = new double[RESAMPLES][labels.length];
    this.missed = new double[RESAMPLES][shares.length];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      Arrays.setAll(events[resample], i -> 1 + passedOver(shares[labels[i]], random));
      Arrays.setAll(missed[resample], c -> passedOver(shares[c], random));
    }
  }

  /** Failures before the first success of this chance. */
  private static double passedOver(double chance, SplittableRandom random) {
    return chance < 1 ? Math.floor(Math.log1p(-random.nextDouble()) / Math.log1p(-chance)) : 0;
  }

  /** Of a metric of the events that the rows stand for in a resample; no event is missed. */
  static Interval bootstrap(double[] values) {
    return limits(values, values);
  }

  /** Events that each row stands for in a resample, above 0; not copied. */
  double[] events(int resample) {
    return events[resample];
  }

  /**
   * Of the mean loss. As a loss has no bound that is near, an event missed has the largest of its
   * class's rows, or none; one of a class without rows, the largest of all.
   */
  Interval logLoss() {
    double[] losses = new double[labels.length];
    double[] largest = new double[missed[0].length];
    for (int i = 0; i < labels.length; i++) {
      losses[i] = Math.min(-Math.log(served[i][labels[i]]), Prequential.MAX_LOSS);
      largest[labels[i]] = Math.max(largest[labels[i]], losses[i]);
    }
    double worst = Arrays.stream(largest).max().orElse(0);
    // A class's losses are above 0 where it has rows.
    Arrays.setAll(largest, c -> largest[c] > 0 ? largest[c] : worst);
    double[] low = new double[RESAMPLES];
    double[] high = new double[RESAMPLES];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      double sum = dot(events[resample], losses);
      double of = Arrays.stream(events[resample]).sum() + Arrays.stream(missed[resample]).sum();
      low[resample] = sum / of;
      high[resample] = (sum + dot(missed[resample], largest)) / of;
    }
    return limits(low, high);
  }

  /** Of the precision, f1, roc and pr of a class, by name; absent where undefined. */
  Map<String, Interval> of(int c) {
    Map<String, Interval> all = new TreeMap<>();
    if (Arrays.stream(labels).noneMatch(label -> label == c)) {
      return all;
    }
    int[] falling =
        IntStream.range(0, labels.length)
            .boxed()
            .sorted((a, b) -> Double.compare(served[b][c], served[a][c]))
            .mapToInt(Integer::intValue)
            .toArray();
    Ranking[] low = new Ranking[RESAMPLES];
    Ranking[] high = new Ranking[RESAMPLES];
    Arrays.setAll(low, resample -> ranking(c, falling, resample, false));
    Arrays.setAll(high, resample -> ranking(c, falling, resample, true));
    if (Arrays.stream(decisions).anyMatch(decision -> decision == c)) {
      all.put("precision " + c, limits(low, high, Ranking::precision));
    }
    all.put("f1 " + c, limits(low, high, Ranking::f1));
    if (Arrays.stream(labels).anyMatch(label -> label != c)) {
      all.put("roc " + c, limits(low, high, Ranking::rocAuc));
    }
    all.put("pr " + c, limits(low, high, Ranking::averagePrecision));
    return all;
  }

  /**
   * @param best whether the missed events are decided and ranked as well as can be
   */
  private Ranking ranking(int c, int[] falling, int resample, boolean best) {
    double own = missed[resample][c];
    double others = Arrays.stream(missed[resample]).sum() - own;
    Ranking ranking = new Ranking();
    ranking.add(best ? own : 0, best ? 0 : others, true);
    ranking.endOfTie();
    for (int i = 0; i < falling.length; i++) {
      int row = falling[i];
      double weight = events[resample][row];
      boolean hit = labels[row] == c;
      ranking.add(hit ? weight : 0, hit ? 0 : weight, decisions[row] == c);
      if (i + 1 == falling.length || served[row][c] != served[falling[i + 1]][c]) {
        ranking.endOfTie();
      }
    }
    ranking.add(best ? 0 : own, best ? others : 0, false);
    ranking.endOfTie();
    return ranking;
  }

  private static Interval limits(Ranking[] low, Ranking[] high, ToDoubleFunction<Ranking> metric) {
    return limits(
        Arrays.stream(low).mapToDouble(metric).toArray(),
        Arrays.stream(high).mapToDouble(metric).toArray());
  }

  private static Interval limits(double[] low, double[] high) {
    return new Interval(
        Arrays.stream(low).sorted().toArray()[CUT - 1],
        Arrays.stream(high).sorted().toArray()[RESAMPLES - CUT]);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Events of a class and of the others, from the highest score to the lowest. */
  private static final class Ranking {
    private double own;
    private double others;
    private double decidedOwn;
    private double decidedOthers;
    private double tiedOwn;
    private double tiedOthers;
    private double pairs;
    private double precisions;

    void add(double own, double others, boolean decided) {
      tiedOwn += own;
      tiedOthers += others;
      decidedOwn += decided ? own : 0;
      decidedOthers += decided ? others : 0;
    }

    void endOfTie() {
      pairs += tiedOthers * (own + tiedOwn / 2);
      own += tiedOwn;
      others += tiedOthers;
      precisions += tiedOwn > 0 ? tiedOwn * own / (own + others) : 0;
      tiedOwn = 0;
      tiedOthers = 0;
    }

    double precision() {
      return decidedOwn / (decidedOwn + decidedOthers);
    }

    double f1() {
      return 2 * decidedOwn / (own + decidedOwn + decidedOthers);
    }

    double rocAuc() {
      return pairs / own / others;
    }

    double averagePrecision() {
      return precisions / own;
    }
  }
}
