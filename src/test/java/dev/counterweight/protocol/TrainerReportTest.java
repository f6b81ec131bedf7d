package dev.counterweight.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.evaluation.Prequential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainerReportTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PART = Pattern.compile("\\d+\\. `([^`]+)`");

  @ParameterizedTest
  @CsvSource({"300, 8", "1000, 8", "1000, 60", "1000, 300", "100, 20000"})
  void anyNumberOfClassesFits(int classes, int name) throws IOException {
    TrainerReport report = report(classes, name);
    int whole = whole(report).length;

    byte[] json = report.toJson();

    System.out.printf(
        "MEASURED report of %d classes with names of %d: %d bytes, sent %d%n",
        classes, name, whole, json.length);
    assertThat(json.length).isLessThanOrEqualTo(TrainerReport.MAX_BYTES);
    JsonNode told = JSON.readTree(json);
    assertThat(told.path("step").asLong()).isEqualTo(7);
    assertThat(told.path("drawn_rows").asLong()).isEqualTo(12);
    assertThat(told.path("gmean").isNumber()).isTrue();
    assertThat(told.path("window").path("log_loss").isNumber()).isTrue();
    assertThat(told.path("done").asBoolean()).isTrue();
  }

  @Test
  void aReportThatFitsIsWhole() throws IOException {
    TrainerReport report = report(10, 8);

    assertThat(report.toJson()).isEqualTo(whole(report));
    assertThat(TrainerReport.read(report.toJson())).isEqualTo(report);
  }

  @Test
  void partsAreLeftOutInTheOrderOfTheListAndNoMoreThanItTakes() throws IOException {
    TrainerReport report = report(1000, 8);
    JsonNode whole = JSON.readTree(whole(report));

    JsonNode told = JSON.readTree(report.toJson());

    List<String> there =
        TrainerReport.PARTS.stream()
            .filter(part -> !whole.at(pointer(part)).isMissingNode())
            .toList();
    List<String> leftOut =
        there.stream().takeWhile(part -> told.at(pointer(part)).isMissingNode()).toList();
    assertThat(leftOut).isNotEmpty();
    TrainerReport.PARTS.forEach(
        part ->
            assertThat(told.at(pointer(part)))
                .as(part)
                .isEqualTo(leftOut.contains(part) ? JSON.missingNode() : whole.at(pointer(part))));
    int last = JSON.writeValueAsBytes(whole.at(pointer(leftOut.get(leftOut.size() - 1)))).length;
    assertThat(JSON.writeValueAsBytes(told).length + last)
        .as("with what was left out last")
        .isGreaterThan(TrainerReport.MAX_BYTES - 1024);
  }

  @Test
  void whatIsLeftOutIsListedInItsOrder() throws IOException {
    assertThat(
            Files.readAllLines(Path.of("docs/trainer-reports.md")).stream()
                .map(PART::matcher)
                .filter(Matcher::matches)
                .map(part -> part.group(1)))
        .isEqualTo(TrainerReport.PARTS);
  }

  @Test
  void aReportOfAnOlderReleaseIsRead() {
    TrainerReport read =
        read(
            """
            {"job":"j","time_ms":5,"batch_offset":7,"step":3,"events":9,"recall":{"a":1},
             "drawn":{"a":10,"b":20},"left_out":["uses"],"done":true}
            """);

    assertThat(read.draws().drawnRows()).isEqualTo(30);
    assertThat(read.position().batchOffset()).isEqualTo(7);
    assertThat(read.sinceStart().decisions().recall()).isEqualTo(Map.of("a", 1.0));
    assertThat(read.window()).isEqualTo(NamedMetrics.NONE);
    assertThat(read.draws().uses()).isEmpty();
    assertThat(read.draws().covered()).isNull();
    assertThat(read.done()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|metrics are not a JSON object",
        "{|metrics are not JSON",
        "{}|metrics have no whole number 'time_ms'",
        "{\"time_ms\":1,\"events\":\"many\"}|metrics have no whole number 'events'",
        "{\"time_ms\":1,\"events\":1,\"step\":1,\"batch_offset\":1}"
            + "|metrics have no whole number 'drawn_rows'",
        "{\"time_ms\":1,\"events\":1,\"step\":-1,\"batch_offset\":1,\"drawn_rows\":1}"
            + "|step -1, events 1: none may be negative",
        "{\"time_ms\":1,\"events\":1,\"step\":1,\"batch_offset\":1,\"drawn_rows\":1,"
            + "\"covered\":{\"x\":1}}|metrics are not a report"
      })
  void whatIsNoReportIsRefusedWithTheRule(String json, String rule) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(json)).withMessageContaining(rule);
  }

  private static TrainerReport read(String json) {
    return TrainerReport.read(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void ofManyFeaturesThoseAreToldThatChangedMost() {
    Map<String, TrainerReport.FeatureShare> all = new LinkedHashMap<>();
    for (int f = 0; f < 100; f++) {
      double lately = f % 10 == 3 ? 0.5 + f / 1000.0 : 0.25;
      all.put("f" + f, new TrainerReport.FeatureShare(lately, 0.25, null, null));
    }
    all.put("new", new TrainerReport.FeatureShare(null, null, 0.9, 0.1));

    assertThat(TrainerReport.FeatureShare.most(all, 3).keySet())
        .containsExactly("f83", "f93", "new");
    assertThat(TrainerReport.FeatureShare.most(all, 101)).isEqualTo(all);
  }

  private static byte[] whole(TrainerReport report) throws IOException {
    return NamedMetrics.JSON.writeValueAsBytes(report);
  }

  private static String pointer(String part) {
    return "/" + part.replace('.', '/');
  }

  /** As the trainer's, every class evaluated. */
  private static TrainerReport report(int classes, int nameLength) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      names.add("%0{n}d".replace("{n}", Integer.toString(nameLength)).formatted(c));
    }
    Map<String, Double> byClass = ByClass.of(names, c -> 0.1 + c / 7.0);
    Prequential evaluation = evaluation(classes);
    return new TrainerReport(
        "fraud",
        1,
        1,
        new TrainerReport.Position(1, 7, 9, 1),
        "argmax-balanced",
        NamedMetrics.of(evaluation.sinceStart(), names),
        NamedMetrics.of(evaluation.recent(), names),
        NamedMetrics.of(evaluation.fading(), names),
        List.of(new TrainerReport.Change("prior", names.get(0), 0.25, 0.5)),
        Map.of("card.country", new TrainerReport.FeatureShare(0.25, 0.125, 0.5, null)),
        Map.of("rate.0", 0.75, "rate.1", 0.25),
        Map.of("networks", 0.75, "slow", 0.25, "quick", 0.0),
        new TrainerReport.Draws(
            12, ByClass.of(names, c -> 1234L + c), byClass, byClass, new TreeMap<>(Map.of(0, 9L))),
        TrainerReport.Steps.of(0.25, Double.NaN),
        "/checkpoints/one",
        true);
  }

  private static Prequential evaluation(int classes) {
    Prequential evaluation = new Prequential(classes, 4096);
    SplittableRandom random = new SplittableRandom(3);
    for (int row = 0; row < 3 * classes; row++) {
      double[] scores = new double[classes];
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        scores[c] = random.nextDouble();
        sum += scores[c];
      }
      for (int c = 0; c < classes; c++) {
        scores[c] /= sum;
      }
      int decision = random.nextBoolean() ? row % classes : random.nextInt(classes);
      evaluation.add(row % classes, decision, 1 + random.nextDouble(), scores, scores);
    }
    return evaluation;
  }
}
