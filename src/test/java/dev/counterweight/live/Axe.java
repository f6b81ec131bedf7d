package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.runtime.Resource;

/** Looks for what keeps people out of a page, by axe-core. */
final class Axe {
  private static final String AXE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";

  private Axe() {}

  /** Fails with what of the page shown is hard to use without seeing, or to see, or by keyboard. */
  static void check(Chromium browser, String what) throws Exception {
    browser.evaluate(Resource.text(AXE) + ";0");
    JsonNode found =
        browser.evaluate(
            """
            axe.run(document, {resultTypes: ['violations']}).then(run => run.violations
              .filter(one => ['serious', 'critical'].includes(one.impact))
              .flatMap(one => one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary}`)))
            """);
    assertThat(found).as(what).isEmpty();
  }
}
