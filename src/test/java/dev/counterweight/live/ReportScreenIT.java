package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.PaymentsReportExample;
import dev.counterweight.demo.Report;
import dev.counterweight.demo.ReportTest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
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
    show("report", file -> Report.write(ReportTest.example(), file), List.of(1180, 390, 320));
  }

  @Test
  void aJobOnItsOwnIsToBeSeenOnADeskAndOnAPhone() throws Exception {
    show("job-report", file -> Report.write(ReportTest.alone(), file), List.of(1440, 390));
  }

  @Test
  void thePaymentsAreToBeSeenOnADeskAndOnAPhone() throws Exception {
    show("payments-report", PaymentsReportExample::write, List.of(1180, 390, 320));
  }

  private void show(String name, Consumer<Path> report, List<Integer> widths) throws Exception {
    Optional<Path> program = Chromium.find();
    assumeTrue(
        "true".equals(System.getenv("CI")) || program.isPresent(), "no Chromium on this machine");
    Path file = folder.resolve("report.html");
    report.accept(file);
    try (Chromium browser =
        Chromium.start(
            program.orElseThrow(() -> new AssertionError("CI needs Chromium")),
            folder.resolve("profile"))) {
      for (int width : widths) {
        browser.emulate(width, 844, width < 1000, false);
        browser.open(file.toUri().toString());
        browser.awaitDrawn(width, "globalThis.Chart && Object.keys(Chart.instances).length > 4");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
            .isEqualTo(width);
        JsonNode cut =
            browser.evaluate(
                """
                [...document.querySelectorAll('table tbody td:not(.values td)')].filter(cell => {
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
      browser.emulate(1180, 844, false, true);
      browser.screenshot(SCREENSHOTS.resolve(name + "-dark.png"), true);
      browser.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })");
      for (boolean dark : List.of(true, false)) {
        browser.emulate(1180, 844, false, dark);
        Axe.check(browser, name + (dark ? ", dark" : ", light"));
      }
      browser.evaluate(
          "document.querySelectorAll('details').forEach(one => { one.open = false; })");
      browser.emulatePaper(760, 1000);
      assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor").asText())
          .as("on paper, of a machine whose screens are dark")
          .isEqualTo("rgb(244, 245, 247)");
      browser.screenshot(SCREENSHOTS.resolve(name + "-print.png"), true);
      assertThat(browser.problems()).isEmpty();
    }
  }
}
