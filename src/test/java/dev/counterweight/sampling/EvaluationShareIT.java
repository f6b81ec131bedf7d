package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.quality.DataSet;
import dev.counterweight.quality.QualityJob;
import dev.counterweight.sampling.Chance.Purpose;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a slice of a stream says of the whole of it. */
@Timeout(240)
class EvaluationShareIT {
  private static final double SHARE = 0.05;
  private static final int HASH_SEEDS = 100;
  private static final int LEAST_COVERED = 85;

  /** Of the areas of a class: which rows rank highest is seldom in so small a slice. */
  private static final int LEAST_COVERED_AREAS = 60;

  private static final int RESAMPLES = 100;
  private static final int ROWS = 20_000;

  @TempDir Path folder;

  private record Row(long offset, int label, int decision, double[] raw, double[] served) {}

  /**
   * ECE is left out: of a sample it is biased upward. Recalls have Wilson's intervals, what is of
   * all classes the bootstrap's, and a class's precision, F1 and areas {@link SliceIntervals}:
   * under the bootstrap those held in 3 of 20 slices for some class. Areas of some classes hold in
   * 62 and 70 of 100, which is short of what an interval of 95 % says.
   */
  @Test
  void metricsOfATwentiethOfTheRowsAreWithinTheirOwnIntervalsOfThoseOfAll() throws Exception {
    DataSet data = shuttle();
    List<Row> rows = predictions(data);
    assertThat(rows).hasSize(data.size());
    double[] ones = new double[rows.size()];
    Arrays.fill(ones, 1);
    Map<String, Double> whole = values(evaluate(data, rows, ones), data.classes().size());

    Map<String, Integer> covered = new TreeMap<>();
    for (int seed = 1; seed <= HASH_SEEDS; seed++) {
      Map<String, Interval> intervals = intervals(data, slice(data, rows, seed), seed);
      whole.forEach(
          (name, value) -> {
            Interval interval = intervals.get(name);
            // A class of which the slice has no row says nothing, right or wrong.
            boolean inside =
                interval == null
                    || (interval.low() <= value + 1e-12 && value - 1e-12 <= interval.high());
            covered.merge(name, inside ? 1 : 0, Integer::sum);
          });
    }

    assertThat(covered.keySet()).hasSize(6 + 5 * data.classes().size());
    assertThat(covered)
        .allSatisfy(
            (name, n) ->
                assertThat(n)
                    .as(name)
                    .isGreaterThanOrEqualTo(
                        name.startsWith("roc ") || name.startsWith("pr ")
                            ? LEAST_COVERED_AREAS
                            : LEAST_COVERED));
  }

  /** Rows, and how many events each stands for. */
  private record Slice(List<Row> rows, double[] weights, double[] shares) {
    SliceIntervals intervals() {
      return new SliceIntervals(
          shares,
          rows.stream().mapToInt(Row::label).toArray(),
          rows.stream().mapToInt(Row::decision).toArray(),
          rows.stream().map(Row::served).toArray(double[][]::new));
    }
  }

  private static Slice slice(DataSet data, List<Row> rows, long seed) {
    long[] counts = data.counts();
    double[] priors = Arrays.stream(counts).mapToDouble(n -> (double) n / data.size()).toArray();
    double[] shares = EvaluationShares.of(priors, SHARE);
    Chance chance = new Chance(seed);
    List<Row> chosen = new ArrayList<>();
    for (Row row : rows) {
      if (chance.happens(Purpose.EVALUATION, 0, row.offset(), shares[row.label()])) {
        chosen.add(row);
      }
    }
    double[] weights = chosen.stream().mapToDouble(r -> 1 / shares[r.label()]).toArray();
    return new Slice(chosen, weights, shares);
  }

  private static Map<String, Interval> intervals(DataSet data, Slice slice, long seed) {
    Map<String, List<Double>> resampled = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(seed);
    int n = slice.rows().size();
    for (int resample = 0; resample < RESAMPLES; resample++) {
      List<Row> rows = new ArrayList<>(n);
      double[] weights = new double[n];
      for (int i = 0; i < n; i++) {
        int chosen = random.nextInt(n);
        rows.add(slice.rows().get(chosen));
        weights[i] = slice.weights()[chosen];
      }
      values(evaluate(data, rows, weights), data.classes().size())
          .forEach((name, v) -> resampled.computeIfAbsent(name, k -> new ArrayList<>()).add(v));
    }
    Map<String, Interval> intervals = new LinkedHashMap<>();
    resampled.forEach(
        (name, values) -> {
          double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
          int cut = (int) Math.floor(sorted.length * 0.025);
          intervals.put(name, new Interval(sorted[cut], sorted[sorted.length - 1 - cut]));
        });
    Metrics metrics = evaluate(data, slice.rows(), slice.weights()).sinceStart();
    SliceIntervals ofClasses = slice.intervals();
    for (int c = 0; c < data.classes().size(); c++) {
      String name = "recall " + c;
      metrics.recallInterval(c).ifPresent(interval -> intervals.put(name, interval));
      intervals.putAll(ofClasses.of(c));
    }
    return intervals;
  }

  private static Prequential evaluate(DataSet data, List<Row> rows, double[] weights) {
    Prequential evaluation = new Prequential(data.classes().size(), rows.size());
    for (int i = 0; i < weights.length; i++) {
      Row row = rows.get(i);
      evaluation.add(row.label(), row.decision(), weights[i], row.raw(), row.served());
    }
    return evaluation;
  }

  private static Map<String, Double> values(Prequential evaluation, int classes) {
    Metrics metrics = evaluation.sinceStart();
    Map<String, Double> values = new LinkedHashMap<>();
    put(values, "gmean", metrics.gmean());
    put(values, "balanced accuracy", metrics.balancedAccuracy());
    put(values, "accuracy", metrics.accuracy());
    put(values, "mcc", metrics.mcc());
    put(values, "kappa", metrics.kappa());
    put(values, "log loss", metrics.logLoss());
    for (int c = 0; c < classes; c++) {
      put(values, "recall " + c, metrics.recall(c));
      put(values, "precision " + c, metrics.precision(c));
      put(values, "f1 " + c, metrics.f1(c));
      put(values, "roc " + c, metrics.rocAuc(c));
      put(values, "pr " + c, metrics.prAuc(c));
    }
    return values;
  }

  private static void put(Map<String, Double> values, String name, OptionalDouble value) {
    value.ifPresent(v -> values.put(name, v));
  }

  private List<Row> predictions(DataSet data) throws Exception {
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

  private DataSet shuttle() throws IOException {
    Path file = folder.resolve(SharedBroker.uniqueName("shuttle") + ".csv.gz");
    try (var in = EvaluationShareIT.class.getResourceAsStream("/data/shuttle.csv.gz")) {
      Files.write(file, java.util.Objects.requireNonNull(in).readAllBytes());
    }
    return DataSet.load(file, ROWS);
  }
}
