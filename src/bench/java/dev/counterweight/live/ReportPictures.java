package dev.counterweight.live;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes pictures of a report as a desk shows it in light and in dark, and as a phone does: {@code
 * ReportPictures report.html docs/payments-report}. By hand, with the class path of the tests;
 * needs chromium.
 */
public final class ReportPictures {
  private static final int DESK = 1180;
  private static final int DESK_HEIGHT = 2200;
  private static final int PHONE = 390;
  private static final int PHONE_HEIGHT = 2200;

  private ReportPictures() {}

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]).toAbsolutePath();
    Path profile = Files.createTempDirectory("pictures").resolve("profile");
    try (Chromium browser = Chromium.start(Chromium.find().orElseThrow(), profile)) {
      browser.open(report.toUri().toString());
      take(browser, DESK, DESK_HEIGHT, false, Path.of(args[1] + ".png"));
      take(browser, DESK, DESK_HEIGHT, true, Path.of(args[1] + "-dark.png"));
      take(browser, PHONE, PHONE_HEIGHT, false, Path.of(args[1] + "-phone.png"));
    }
  }

  private static void take(Chromium browser, int width, int height, boolean dark, Path picture)
      throws Exception {
    browser.emulate(width, height, width == PHONE, dark);
    browser.awaitDrawn(width, "globalThis.Chart");
    browser.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    browser.screenshot(picture, false);
  }
}
