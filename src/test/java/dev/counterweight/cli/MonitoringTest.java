package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules and dashboards against what the code declares. */
class MonitoringTest {
  private static final Path RULES = Path.of("monitoring/prometheus/rules/counterweight.yml");
  private static final Path RULE_TESTS =
      Path.of("monitoring/prometheus/tests/counterweight.test.yml");

  @TempDir Path folder;

  @Test
  void rulesAreValid() throws Exception {
    MonitoringTools.Outcome check =
        MonitoringTools.promtool(folder, "", "check", "rules", "--lint-fatal", RULES.toString());

    assertThat(check.code()).as(check.output()).isZero();
  }

  @Test
  void everyAlertFiresAndStaysQuietAsItsTestsSay() throws Exception {
    MonitoringTools.Outcome tests =
        MonitoringTools.promtool(folder, "", "test", "rules", RULE_TESTS.toString());

    assertThat(tests.code()).as(tests.output()).isZero();
  }

  @Test
  void everyAlertIsTestedBothWays() throws IOException {
    String tests = Files.readString(RULE_TESTS);
    for (String alert : alerts()) {
      List<String> cases =
          Stream.of(tests.split("alertname: ")).filter(part -> part.startsWith(alert)).toList();
      assertThat(cases).as(alert + " stays quiet").anyMatch(c -> c.contains("exp_alerts: []"));
      assertThat(cases).as(alert + " fires").anyMatch(c -> c.contains("exp_labels"));
    }
  }

  @Test
  void everyAlertLinksToItsSectionOfTheRunbook() throws IOException {
    String rules = Files.readString(RULES);
    List<String> sections =
        Files.readAllLines(Path.of("docs/runbook.md")).stream()
            .filter(line -> line.startsWith("## "))
            .map(line -> line.substring(3))
            .toList();

    assertThat(sections).containsExactlyElementsOf(alerts());
    for (String alert : alerts()) {
      assertThat(rules)
          .contains(
              "runbook_url: https://counterweight.dev/docs/runbook.md#"
                  + alert.toLowerCase(Locale.ROOT)
                  + "\n");
    }
  }

  @Test
  void rulesAndPanelsUseMetricsThatAreDeclared() throws IOException {
    Set<String> declared =
        MetricsCommand.all().stream()
            .map(metric -> metric.declaration().prometheusName())
            .collect(Collectors.toSet());
    Stream<String> used =
        Stream.concat(
            Stream.of(Files.readString(RULES)),
            Dashboards.queries().stream().map(Dashboards.Query::expression));

    assertThat(used.flatMap(MonitoringTest::metrics).distinct())
        .isNotEmpty()
        .allSatisfy(
            name -> assertThat(declared).contains(name.replaceFirst("_(bucket|sum|count)$", "")));
  }

  @Test
  void dashboardsHaveUniqueIdentifiersTheCurrentSchemaAndAChoiceOfDataSource() throws IOException {
    List<JsonNode> dashboards = Dashboards.all();

    assertThat(dashboards).hasSize(4);
    assertThat(dashboards).extracting(d -> d.get("uid").asText()).doesNotHaveDuplicates();
    assertThat(dashboards).extracting(d -> d.get("title").asText()).doesNotHaveDuplicates();
    for (JsonNode dashboard : dashboards) {
      assertThat(dashboard.get("schemaVersion").asInt()).isGreaterThanOrEqualTo(41);
      assertThat(dashboard.at("/templating/list/0/type").asText()).isEqualTo("datasource");
      assertThat(dashboard.get("panels"))
          .extracting(panel -> panel.get("id").asInt())
          .doesNotHaveDuplicates();
      for (JsonNode panel : dashboard.get("panels")) {
        if (!panel.get("type").asText().equals("row")) {
          assertThat(panel.at("/datasource/uid").asText()).isEqualTo("${datasource}");
          assertThat(panel.get("description").asText()).isNotBlank();
          assertThat(panel.get("targets")).isNotEmpty();
        }
      }
    }
  }

  private static List<String> alerts() throws IOException {
    return Pattern.compile("- alert: (\\w+)")
        .matcher(Files.readString(RULES))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static Stream<String> metrics(String expression) {
    // What stands behind a colon is the name of a recorded series.
    return Pattern.compile("(?<![:\\w])counterweight_\\w+(?!\\w*:)")
        .matcher(expression)
        .results()
        .map(MatchResult::group);
  }
}
