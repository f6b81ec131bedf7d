package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.evaluation.Prequential;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundedReportTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @CsvSource({"300, 8", "1000, 8", "1000, 60", "1000, 300", "100, 20000"})
  void anyNumberOfClassesFits(int classes, int name) throws IOException {
    Map<String, Object> report = report(classes, name);
    int whole = JSON.writeValueAsBytes(report).length;

    byte[] json = BoundedReport.toJson(report);

    System.out.printf(
        "MEASURED report of %d classes with names of %d: %d bytes, sent %d, left out %s%n",
        classes, name, whole, json.length, JSON.readTree(json).path("left_out"));
    assertThat(json.length).isLessThanOrEqualTo(BoundedReport.MAX_BYTES);
    JsonNode told = JSON.readTree(json);
    assertThat(told.path("step").asLong()).isEqualTo(7);
    assertThat(told.path("drawn_rows").asLong()).isEqualTo(12);
    assertThat(told.path("gmean").isNumber()).isTrue();
    assertThat(told.path("window").path("log_loss").isNumber()).isTrue();
    assertThat(told.path("done").asBoolean()).isTrue();
  }

  @Test
  void aReportThatFitsIsWholeAndSaysNothingOfIt() throws IOException {
    Map<String, Object> report = report(10, 8);

    assertThat(BoundedReport.toJson(report)).isEqualTo(JSON.writeValueAsBytes(report));
  }

  @Test
  void partsAreLeftOutInTheOrderOfTheListAndNoMoreThanItTakes() throws IOException {
    Map<String, Object> report = report(1000, 8);
    JsonNode whole = JSON.readTree(JSON.writeValueAsBytes(report));

    JsonNode told = JSON.readTree(BoundedReport.toJson(report));

    List<String> leftOut = new ArrayList<>();
    told.path("left_out").forEach(part -> leftOut.add(part.asText()));
    assertThat(leftOut)
        .isNotEmpty()
        .isEqualTo(
            BoundedReport.PARTS.stream()
                .filter(part -> !whole.at(pointer(part)).isMissingNode())
                .limit(leftOut.size())
                .toList());
    BoundedReport.PARTS.forEach(
        part ->
            assertThat(told.at(pointer(part)))
                .as(part)
                .isEqualTo(leftOut.contains(part) ? JSON.missingNode() : whole.at(pointer(part))));
    int last = JSON.writeValueAsBytes(whole.at(pointer(leftOut.get(leftOut.size() - 1)))).length;
    assertThat(JSON.writeValueAsBytes(told).length + last)
        .as("with what was left out last")
        .isGreaterThan(BoundedReport.MAX_BYTES - 1024);
  }

  private static String pointer(String part) {
    return "/" + part.replace('.', '/');
  }

  /** As the trainer's, every class evaluated. */
  private static Map<String, Object> report(int classes, int nameLength) {
    List<String> names = new ArrayList<>();
    Map<String, Object> byClass = new LinkedHashMap<>();
    for (int c = 0; c < classes; c++) {
      names.add("%0{n}d".replace("{n}", Integer.toString(nameLength)).formatted(c));
      byClass.put(names.get(c), 0.1 + c / 7.0);
    }
    Prequential evaluation = evaluation(classes);
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("job", "fraud");
    report.put("step", 7);
    report.putAll(evaluation.sinceStart().toMap(names));
    report.put("window", evaluation.recent().toMap(names));
    report.put("fading", evaluation.fading().toMap(names));
    report.put("drifts", List.of(Map.of("of", "prior", "class", names.get(0))));
    report.put("drawn_rows", 12);
    for (String field : List.of("drawn", "prior", "uses")) {
      report.put(field, byClass);
    }
    report.put("covered", Map.of(0, 9L));
    report.put("checkpoint", "/checkpoints/one");
    report.put("done", true);
    return report;
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
