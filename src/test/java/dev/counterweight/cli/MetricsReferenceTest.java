package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsReferenceTest {
  @Test
  void pageIsUpToDate() throws IOException {
    assertThat(Files.readString(Path.of("docs/metrics.md")))
        .as("regenerate with: ./counterweight metrics > docs/metrics.md")
        .isEqualTo(MetricsCommand.markdown());
  }

  @Test
  void namesAreUniqueSoThatAllTheirMetersHaveTheSameTags() {
    assertThat(MetricsCommand.all())
        .extracting(metric -> metric.declaration().name())
        .doesNotHaveDuplicates();
  }

  @Test
  void prometheusSeesTheNamesOfThePage() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    JobMeters meters = new JobMeters(registry, "fraud");
    for (Metric metric : MetricsCommand.all()) {
      MetricDeclaration declared = metric.declaration();
      String[] tags = declared.tags().stream().map(key -> "some " + key).toArray(String[]::new);
      switch (declared.type()) {
        case COUNTER -> meters.counter(metric, tags).increment();
        case GAUGE -> meters.gauge(metric, () -> 1, tags);
        case HISTOGRAM -> {
          if (declared.unit() == Unit.SECONDS) {
            meters.timer(metric, tags).record(Duration.ofMillis(1));
          } else {
            meters.histogram(metric, tags).record(1);
          }
        }
      }
    }
    List<String> scraped = registry.scrape().lines().toList();
    for (Metric metric : MetricsCommand.all()) {
      String type = metric.declaration().type().name().toLowerCase(java.util.Locale.ROOT);
      assertThat(scraped)
          .contains("# TYPE " + metric.declaration().prometheusName() + " " + type)
          .allSatisfy(
              line -> assertThat(line).matches("#.*|counterweight_.*training_job=\"fraud\".*"));
    }
  }
}
