package dev.counterweight.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The Grafana dashboards of this project. */
final class Dashboards {
  static final Path FOLDER = Path.of("monitoring/grafana/dashboards");

  /** One query of a panel. */
  record Query(
      String dashboard,
      String panel,
      String unit,
      boolean stacked,
      boolean logarithmic,
      String expression,
      String legend) {
    /** The expression as Grafana would send it. */
    String of(String job, String rateInterval) {
      return expression.replace("$job", job).replace("$__rate_interval", rateInterval);
    }

    @Override
    public String toString() {
      return dashboard + " / " + panel + ": " + expression;
    }
  }

  private Dashboards() {}

  static List<JsonNode> all() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.sorted().toList()) {
        all.add(new ObjectMapper().readTree(file.toFile()));
      }
    }
    return all;
  }

  static List<Query> queries() throws IOException {
    List<Query> queries = new ArrayList<>();
    for (JsonNode dashboard : all()) {
      for (JsonNode panel : dashboard.get("panels")) {
        for (JsonNode target : panel.path("targets")) {
          queries.add(
              new Query(
                  dashboard.get("title").asText(),
                  panel.get("title").asText(),
                  panel.at("/fieldConfig/defaults/unit").asText(),
                  panel.at("/fieldConfig/defaults/custom/stacking/mode").asText().equals("normal"),
                  panel
                      .at("/fieldConfig/defaults/custom/scaleDistribution/type")
                      .asText()
                      .equals("log"),
                  target.get("expr").asText(),
                  target.get("legendFormat").asText()));
        }
      }
    }
    return queries;
  }
}
