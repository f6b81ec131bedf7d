package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.Report;
import dev.counterweight.demo.ReportData;
import dev.counterweight.demo.ReportTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The report on screens of several widths. */
@Timeout(120)
class ReportScreenIT {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  @TempDir Path folder;

  @Test
  void everyColumnOfBothJobsIsToBeSeenOnAPhone() throws Exception {
    show("report", ReportTest.example(), List.of(1180, 390, 320));
  }

  @Test
  void aJobOnItsOwnIsToBeSeenOnADeskAndOnAPhone() throws Exception {
    show("job-report", ReportTest.alone(), List.of(1440, 390));
  }

  private void show(String name, ReportData data, List<Integer> widths) throws Exception {
    Optional<Path> program = Chromium.find();
    assumeTrue(
        "true".equals(System.getenv("CI")) || program.isPresent(), "no Chromium on this machine");
    Path file = folder.resolve("report.html");
    Report.write(data, file);
    try (Chromium browser =
        Chromium.start(
            program.orElseThrow(() -> new AssertionError("CI needs Chromium")),
            folder.resolve("profile"))) {
      for (int width : widths) {
        browser.emulate(width, 844, width < 1000, false);
        browser.open(file.toUri().toString());
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () ->
                    browser
                        .evaluate(
                            "document.readyState === 'complete' && innerWidth === "
                                + width
                                + " && Boolean(globalThis.Chart?.getChart('loss'))")
                        .asBoolean());
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
            .isEqualTo(width);
        JsonNode cut =
            browser.evaluate(
                """
                [...document.querySelectorAll('table tbody td')].filter(cell => {
                  const box = cell.getBoundingClientRect();
                  return box.width < 1 || box.left < 0 || box.right > innerWidth;
                }).map(cell => cell.className + ' ' + cell.textContent)
                """);
        assertThat(cut).as("cells cut off at " + width + " px").isEmpty();
        JsonNode empty =
            browser.evaluate(
                """
                Object.values(Chart.instances).filter(chart => chart.data.datasets.some((set, i) =>
                  !chart.getDatasetMeta(i).data.some(point => Number.isFinite(point.x + point.y))))
                .map(chart => chart.canvas.getAttribute('aria-label'))
                """);
        assertThat(empty).as("plots with a series without a point").isEmpty();
        browser.screenshot(SCREENSHOTS.resolve(name + "-" + width + ".png"), true);
      }
      assertThat(browser.problems()).isEmpty();
    }
  }
}
