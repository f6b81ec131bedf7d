package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** docs/trainer-reports.md lists what a report has, and nothing else. */
class TrainerReportDocumentTest {
  private static final Pattern FIELD = Pattern.compile("\\| `([^`]+)` \\|.*");
  private static final Pattern METRIC = Pattern.compile("\\| `([^`]+)` \\|(.*)\\|[^|]*\\|");

  private static final int ROWS = 12;

  @TempDir Path folder;
  private JsonNode report = new ObjectMapper().missingNode();

  /** Of a run with a prior that changed, more rows than the window has, and what may be missing. */
  @BeforeEach
  void write() throws IOException {
    TrainerJob job =
        new TrainerJob("localhost:1", "any", folder)
            .with("feature.w.missing", "0")
            .with("model.rates", "0.5,1")
            .with("model.forest", "5");
    try (TrainingRun run = new TrainingRun(job.config())) {
      TrainResult last = null;
      for (int i = 0; i < TrainerJob.RECORDS; i++) {
        last = run.train(TrainerJob.batch(i));
      }
      for (int i = 0; i < TrainerJob.RECORDS; i++) {
        last = run.train(evaluatedAs(1, TrainerJob.batch(TrainerJob.RECORDS + i)));
      }
      byte[] json =
          new ProgressReport("any", List.of("a", "b", "c"), 3)
              .of(run, 1, 2, Objects.requireNonNull(last), "folder", false)
              .toJson();
      report = new ObjectMapper().readTree(json);
    }
  }

  @Test
  void everyFieldOfAReportIsListed() throws IOException {
    Set<String> found = new TreeSet<>();
    report
        .properties()
        .forEach(
            field -> {
              if (field.getKey().equals("drifts")) {
                field
                    .getValue()
                    .get(0)
                    .fieldNames()
                    .forEachRemaining(f -> found.add("drifts." + f));
              } else {
                found.add(field.getKey());
              }
            });
    found.removeAll(metrics(0));

    assertThat(listed("Fields", FIELD)).isEqualTo(found);
  }

  @ParameterizedTest
  @CsvSource({"0, ''", "1, /window", "2, /fading"})
  void everyMetricIsListedForTheRowsThatItIsOf(int column, String of) throws IOException {
    Set<String> found = new TreeSet<>();
    report
        .at(of)
        .properties()
        .forEach(
            metric -> {
              if (!metric.getValue().isObject() || !metric.getValue().isEmpty()) {
                found.add(metric.getKey());
              }
            });
    found.removeAll(listed("Fields", FIELD));
    found.remove("drifts");

    assertThat(metrics(column)).isEqualTo(found);
  }

  private static MiniBatch evaluatedAs(int label, MiniBatch batch) {
    MiniBatch.EvaluationSlice slice = batch.evaluation();
    int rows = ROWS * slice.rows();
    long[] labels = new long[rows];
    Arrays.fill(labels, label);
    labels[0] = 0;
    labels[1] = 2;
    float[] features = new float[ROWS * slice.features().length];
    float[] weights = new float[rows];
    for (int i = 0; i < ROWS; i++) {
      int at = i * slice.features().length;
      System.arraycopy(slice.features(), 0, features, at, slice.features().length);
      System.arraycopy(slice.weights(), 0, weights, i * slice.rows(), slice.rows());
    }
    long from = batch.draws().sourceOffset()[0];
    return Batches.with(
        batch,
        batch.draws(),
        new MiniBatch.EvaluationSlice(
            features,
            labels,
            weights,
            new int[rows],
            LongStream.range(from, from + rows).toArray()),
        TrainerJob.covering(batch.origin(), from, from + rows));
  }

  /** Those with a cross in a column. */
  private static Set<String> metrics(int column) throws IOException {
    return section("Metrics").stream()
        .map(METRIC::matcher)
        .filter(Matcher::matches)
        .filter(row -> row.group(2).split("\\|", -1)[column].contains("x"))
        .map(row -> row.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> listed(String section, Pattern row) throws IOException {
    return section(section).stream()
        .map(row::matcher)
        .filter(Matcher::matches)
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> section(String heading) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("docs/trainer-reports.md"));
    int from = lines.indexOf("## " + heading);
    assertThat(from).as(heading).isNotNegative();
    List<String> rest = lines.subList(from + 1, lines.size());
    return rest.stream().takeWhile(line -> !line.startsWith("## ")).toList();
  }
}
