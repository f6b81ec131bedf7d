package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The live page as a browser shows it. */
final class Screens {
  private static final Duration SOON = Duration.ofSeconds(60);

  private Screens() {}

  static Path chromium() {
    Optional<Path> program = Chromium.find();
    boolean ci = "true".equals(System.getenv("CI"));
    assumeTrue(
        ci || program.isPresent(), "no Chromium on this machine (Debian: apt install chromium)");
    return program.orElseThrow(() -> new AssertionError("CI needs Chromium: see .ci/run"));
  }

  static void says(Chromium browser, String selector, String words) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(text(browser, selector, "innerText")).as(selector).contains(words));
  }

  static String text(Chromium browser, String selector, String property) throws Exception {
    return browser
        .evaluate("document.querySelector('%s')?.%s ?? ''".formatted(selector, property))
        .asText();
  }

  static void oneScreen(Chromium browser) throws Exception {
    assertThat(browser.evaluate("document.documentElement.scrollHeight").asInt())
        .as("one screen")
        .isLessThanOrEqualTo(900);
  }

  /** Waits until the page has taken on a width and a scheme, charts included. */
  static void settled(Chromium browser, int width, boolean dark) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                  .isEqualTo(width);
              assertThat(browser.evaluate("innerWidth").asInt()).isEqualTo(width);
              JsonNode plots =
                  browser.evaluate(
                      "[...document.querySelectorAll('canvas:not([hidden])')].map(c =>"
                          + " c.parentElement.clientWidth - c.clientWidth)");
              plots.forEach(left -> assertThat(left.asInt()).isBetween(0, 2));
              String page =
                  browser.evaluate("getComputedStyle(document.body).backgroundColor").asText();
              assertThat(page).isEqualTo(dark ? "rgb(14, 19, 26)" : "rgb(244, 245, 247)");
            });
  }
}
