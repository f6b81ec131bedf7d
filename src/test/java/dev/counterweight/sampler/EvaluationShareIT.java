package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.quality.DataSet;
import dev.counterweight.quality.QualityJob;
import dev.counterweight.sampling.EvaluationShares;
import dev.counterweight.sampling.HashRandom;
import dev.counterweight.sampling.HashRandom.Purpose;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a slice of a stream says of the whole of it. */
@Timeout(240)
class EvaluationShareIT {
  private static final double SHARE = 0.05;
  private static final int HASH_SEEDS = 100;
  private static final int MIN_COVERED = 85;

  private static final int ROWS = 20_000;

  @TempDir static Path folder;

  private static DataSet data;
  private static List<Row> rows;
  private static Map<String, Double> whole;

  private record Row(long offset, int label, int decision, double[] raw, double[] served) {}

  @BeforeAll
  static void trainOnceAndScoreEveryRow() throws Exception {
    data = shuttle();
    rows = predictions();
    double[] ones = new double[rows.size()];
    Arrays.fill(ones, 1);
    whole = values(evaluate(rows, ones, rows.size()).sinceStart());
  }

  /**
   * ECE is left out: of a sample it is biased upward. Recalls have the Wilson intervals that the
   * evaluation itself gives, everything else those of {@link SliceIntervals}. What the evaluation
   * makes of the slice has to lie in them too.
   */
  @Test
  void metricsOfATwentiethOfTheRowsAreWithinTheirOwnIntervalsOfThoseOfAll() {
    assertThat(rows).hasSize(data.size());

    Map<String, Integer> covered = covered(shares(), HASH_SEEDS);

    assertThat(covered.keySet()).hasSize(6 + 5 * data.classes().size());
    assertThat(covered)
        .allSatisfy((name, n) -> assertThat(n).as(name).isGreaterThanOrEqualTo(MIN_COVERED));
  }

  /** The intervals are not so wide that they hold anything. */
  @Test
  void rowsThatStandForTheWrongNumberOfEventsFallOutOfTheIntervals() {
    double[] alike = new double[data.classes().size()];
    Arrays.fill(alike, SHARE);

    Map<String, Integer> covered = covered(alike, HASH_SEEDS / 5);

    assertThat(covered.entrySet().stream().filter(e -> e.getValue() < MIN_COVERED / 5))
        .extracting(Map.Entry::getKey)
        .contains("accuracy", "precision 4", "f1 4", "roc 6", "pr 6");
  }

  /**
   * Slices of which each metric's interval holds the value of the whole.
   *
   * @param assumed e_c by which the rows of the slices are taken to be chosen
   * @param slices hash seeds tried
   */
  private static Map<String, Integer> covered(double[] assumed, int slices) {
    Map<String, Integer> covered = new TreeMap<>();
    for (int seed = 1; seed <= slices; seed++) {
      List<Row> slice = slice(seed);
      double[] weights = slice.stream().mapToDouble(r -> 1 / assumed[r.label()]).toArray();
      Metrics metrics = evaluate(slice, weights, slice.size()).sinceStart();
      Map<String, Double> seen = values(metrics);
      Map<String, Interval> intervals = intervals(slice, assumed, metrics, seed);
      whole.forEach(
          (name, value) -> {
            Interval interval = intervals.get(name);
            // A class of which the slice has no row says nothing, right or wrong.
            boolean inside =
                interval == null
                    ? !seen.containsKey(name)
                    : contains(interval, value)
                        && contains(interval, seen.getOrDefault(name, Double.NaN));
            covered.merge(name, inside ? 1 : 0, Integer::sum);
          });
    }
    return covered;
  }

  private static boolean contains(Interval interval, double value) {
    return interval.low() <= value + 1e-12 && value - 1e-12 <= interval.high();
  }

  private static double[] shares() {
    double[] priors =
        Arrays.stream(data.counts()).mapToDouble(n -> (double) n / data.size()).toArray();
    return EvaluationShares.of(priors, SHARE);
  }

  private static List<Row> slice(long seed) {
    double[] shares = shares();
    HashRandom chance = new HashRandom(seed);
    return rows.stream()
        .filter(r -> chance.happens(Purpose.EVALUATION, 0, r.offset(), shares[r.label()]))
        .toList();
  }

  private static Map<String, Interval> intervals(
      List<Row> slice, double[] shares, Metrics metrics, long seed) {
    SliceIntervals resampled =
        new SliceIntervals(
            shares,
            slice.stream().mapToInt(Row::label).toArray(),
            slice.stream().mapToInt(Row::decision).toArray(),
            slice.stream().map(Row::served).toArray(double[][]::new),
            new SplittableRandom(seed));
    Map<String, double[]> ofAll = new LinkedHashMap<>();
    for (int resample = 0; resample < SliceIntervals.RESAMPLES; resample++) {
      int at = resample;
      // Areas are not asked for, so that no row has to be kept for them.
      decided(evaluate(slice, resampled.events(resample), 1).sinceStart())
          .forEach(
              (name, v) ->
                  ofAll.computeIfAbsent(name, k -> new double[SliceIntervals.RESAMPLES])[at] = v);
    }
    Map<String, Interval> intervals = new LinkedHashMap<>();
    ofAll.forEach((name, values) -> intervals.put(name, SliceIntervals.bootstrap(values)));
    intervals.put("log loss", resampled.logLoss());
    for (int c = 0; c < data.classes().size(); c++) {
      String name = "recall " + c;
      metrics.confusion().recallInterval(c).ifPresent(interval -> intervals.put(name, interval));
      intervals.putAll(resampled.of(c));
    }
    return intervals;
  }

  private static Prequential evaluate(List<Row> rows, double[] weights, int window) {
    Prequential evaluation = new Prequential(data.classes().size(), window);
    for (int i = 0; i < weights.length; i++) {
      Row row = rows.get(i);
      evaluation.add(row.label(), row.decision(), weights[i], row.raw(), row.served());
    }
    return evaluation;
  }

  /** What is of the decisions of all classes. */
  private static Map<String, Double> decided(Metrics metrics) {
    Map<String, Double> values = new LinkedHashMap<>();
    put(values, "gmean", metrics.confusion().gmean());
    put(values, "balanced accuracy", metrics.confusion().balancedAccuracy());
    put(values, "accuracy", metrics.confusion().accuracy());
    put(values, "mcc", metrics.confusion().mcc());
    put(values, "kappa", metrics.confusion().kappa());
    return values;
  }

  private static Map<String, Double> values(Metrics metrics) {
    Map<String, Double> values = decided(metrics);
    put(values, "log loss", metrics.logLoss());
    for (int c = 0; c < data.classes().size(); c++) {
      put(values, "recall " + c, metrics.confusion().recall(c));
      put(values, "precision " + c, metrics.confusion().precision(c));
      put(values, "f1 " + c, metrics.confusion().f1(c));
      put(values, "roc " + c, metrics.served().get(c).rocAuc());
      put(values, "pr " + c, metrics.served().get(c).averagePrecision());
    }
    return values;
  }

  private static void put(Map<String, Double> values, String name, OptionalDouble value) {
    value.ifPresent(v -> values.put(name, v));
  }

  private static List<Row> predictions() throws Exception {
    QualityJob job = new QualityJob(SharedBroker.bootstrapServers(), folder);
    job.publish(data);
    String topic = data.name() + "-predictions";
    job.run(data, "share", 1, Map.of("evaluation.predictions.topic", topic));
    List<Row> rows = new ArrayList<>();
    for (JsonNode one : job.values(topic)) {
      rows.add(
          new Row(
              one.path("offset").asLong(),
              data.classes().indexOf(one.path("label").asText()),
              data.classes().indexOf(one.path("decision").asText()),
              doubles(one.path("raw")),
              doubles(one.path("served"))));
    }
    return rows;
  }

  private static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).doubleValue();
    }
    return values;
  }

  private static DataSet shuttle() throws IOException {
    Path file = folder.resolve(SharedBroker.uniqueName("shuttle") + ".csv.gz");
    try (var in = EvaluationShareIT.class.getResourceAsStream("/data/shuttle.csv.gz")) {
      Files.write(file, java.util.Objects.requireNonNull(in).readAllBytes());
    }
    return DataSet.load(file, ROWS);
  }
}
