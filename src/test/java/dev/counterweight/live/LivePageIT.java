package dev.counterweight.live;

import static dev.counterweight.live.Screens.chromium;
import static dev.counterweight.live.Screens.oneScreen;
import static dev.counterweight.live.Screens.says;
import static dev.counterweight.live.Screens.settled;
import static dev.counterweight.live.Screens.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.Answer;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.Telemetry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page as somebody sees it, from before a job's first event until its process is gone. */
@Timeout(300)
class LivePageIT {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> CHARTS = List.of("gmean", "loss", "throughput", "behind");

  @TempDir Path folder;

  @Test
  void pageFollowsAJobFromItsFirstEventToItsEnd() throws Exception {
    Path program = chromium();
    try (WatchedJob job = WatchedJob.create(folder);
        LivePage page = LivePage.start(List.of(job.shown()), Clock.systemUTC())) {
      HttpEndpoint endpoint =
          HttpEndpoint.start(
              new MetricsConfig("127.0.0.1", 0),
              job.telemetry(),
              Health.of(job.roles()),
              page.pages());
      int port = endpoint.port();
      try (Chromium browser = Chromium.start(program, folder.resolve("profile"))) {
        browser.emulate(1440, 900, false, false);
        browser.open(endpoint.url() + "/");

        says(browser, "#missing", "No class weights yet");
        says(browser, "#classes-empty", "No class has been counted yet.");

        job.start();
        chartsAreDrawnAndNumbersMove(browser);
        labelsAndAnswersAreTold(browser);
        readersAndKeyboardsGetAtTheValues(browser);
        everyScreenHasRoom(browser);
        aDeadLetterIsCounted(browser, job);

        job.drain("sampler");
        says(browser, "[data-role=sampler]", "stopped");
        says(browser, "h1", "The sampler has stopped");
        assertThat(text(browser, "body", "dataset.tone")).isEqualTo("wait");
        assertThat(job.role("trainer").status().state()).isNotEqualTo(Role.State.DONE);
        assertThat(browser.problems()).isEmpty();
        everythingCameFrom(browser, endpoint.url());

        endpoint.close();
        says(browser, "#notice", "No answer since ");
        endpoint =
            HttpEndpoint.start(
                new MetricsConfig("127.0.0.1", port),
                job.telemetry(),
                Health.of(job.roles()),
                page.pages());
        await()
            .atMost(SOON)
            .until(() -> browser.evaluate("document.getElementById('notice').hidden").asBoolean());
      } finally {
        endpoint.close();
      }
    }
  }

  @Test
  void pageStandsASinglePointAThousandClassesAndNamesThatLookLikeMarkup() throws Exception {
    Path program = chromium();
    String name = "<img src=x onerror=document.title=1>";
    long[] counts = LongStream.range(0, 1000).toArray();
    StringBuilder features = new StringBuilder("\"features\":{\"plain\":{\"missing\":0.5}");
    for (int f = 0; f < 20; f++) {
      features.append(
          ",\"customer.account[0].holder.address.f%d\":{\"missing\":0.%d,\"missing_since_start\":0.05,\"unseen\":0.01,\"unseen_since_start\":0}"
              .formatted(f, 10 + f));
    }
    JobView view =
        new JobWatch(Jobs.JOINED, -1, new Jobs.Hand())
            .after(
                new Jobs()
                    .weights(Jobs.NOON, counts)
                    .end(1)
                    .labelled(Jobs.NOON, 10_800_000, false)
                    .report(Jobs.NOON, 1, 1, features.append('}').toString())
                    .scan(),
                List.of());
    String told =
        StatusJson.of(List.of("fraud"), Jobs.JOINED, List.of(), view, 0, Jobs.NOON)
            .replace("\"c999\"", "\"" + name + "\"")
            .replace("\"customer.account[0].holder.address.f19\"", "\"" + name + "\"");
    try (WatchedJob job = WatchedJob.create(folder);
        LivePage page = LivePage.start(List.of(job.shown()), Clock.systemUTC())) {
      Map<String, Function<String, Answer>> pages = new HashMap<>(page.pages());
      pages.put("/status", query -> Answer.json(200, told));
      try (HttpEndpoint endpoint =
              HttpEndpoint.start(
                  new MetricsConfig("127.0.0.1", 0), job.telemetry(), Health.of(List.of()), pages);
          Chromium browser = Chromium.start(program, folder.resolve("profile"))) {
        browser.emulate(1440, 900, false, false);
        browser.open(endpoint.url() + "/");
        says(browser, "#balance-note", "The 8 most common and the 8 rarest of 1,000 classes");
        assertThat(browser.evaluate("document.querySelectorAll('#classes tr').length").asInt())
            .isEqualTo(16);
        assertThat(text(browser, "#classes th", "textContent")).isEqualTo(name);
        says(browser, "#delay", "3 h");
        says(browser, "[data-role=joiner]", "joining, wrote 0.0 s ago");
        says(browser, "#drifting-note", "The 8 whose shares changed most.");
        assertThat(browser.evaluate("document.querySelectorAll('#features tr').length").asInt())
            .isEqualTo(8);
        String last = "#features tr:last-child ";
        assertThat(text(browser, last + "th", "title")).isEqualTo(name);
        assertThat(text(browser, last + "th", "textContent")).isEqualTo("…cument.title=1>");
        assertThat(text(browser, last + ".recall .value", "textContent")).isEqualTo("29.0 %");
        assertThat(text(browser, last + ".recall", "dataset.weak")).isEqualTo("true");
        assertThat(browser.evaluate("document.images.length").asInt()).isZero();
        JsonNode ticks =
            browser.evaluate(
                "[...document.querySelectorAll('canvas')]"
                    + ".map(c => Chart.getChart(c).scales.x.ticks.length)");
        assertThat(ticks).hasSize(4).allSatisfy(count -> assertThat(count.asInt()).isLessThan(11));
        for (int width : List.of(1440, 390, 320)) {
          browser.emulate(width, 844, width < 1000, false);
          settled(browser, width, false);
          browser.screenshot(SCREENSHOTS.resolve("features-" + width + ".png"), true);
        }
        assertThat(browser.problems()).isEmpty();
      }
    }
  }

  @Test
  void axesNameNoTwoTicksAlikeAndLinesBreakWhereNothingWasKnown() throws Exception {
    Path program = chromium();
    for (double behindS : List.of(0.2, 200.0)) {
      JobView view = narrow(behindS);
      Telemetry telemetry = new Telemetry();
      LivePage page = LivePage.start(List.of(Jobs.shown()), Clock.systemUTC());
      Map<String, Function<String, Answer>> pages = new HashMap<>(page.pages());
      pages.put("/status", query -> Answer.json(200, told(view, query)));
      try (telemetry;
          page;
          HttpEndpoint endpoint =
              HttpEndpoint.start(
                  new MetricsConfig("127.0.0.1", 0), telemetry, Health.of(List.of()), pages);
          Chromium browser = Chromium.start(program, folder.resolve("profile" + behindS))) {
        browser.emulate(1440, 900, false, false);
        browser.open(endpoint.url() + "/");
        says(browser, "#marks", "recall of c1 fell from 0.90 to 0.20");
        says(browser, "#alerts", "A change was found: recall of c1 fell from 0.90 to 0.20");
        assertThat(text(browser, "#alerts a", "href"))
            .isEqualTo("https://counterweight.dev/docs/runbook.md#counterweightchangefound");
        assertThat(browser.evaluate("document.getElementById('answers').hidden").asBoolean())
            .as("a job that has neither joiner nor scorer nor judge")
            .isTrue();
        assertThat(text(browser, "#roles", "textContent")).doesNotContain("joiner", "scorer");
        oneScreen(browser);
        aTileAloneStandsBesideTheOthers(browser);
        for (String chart : CHARTS) {
          JsonNode ticks =
              browser.evaluate(
                  "Chart.getChart(document.querySelector('[data-chart=%s] canvas'))"
                          .formatted(chart)
                      + ".scales.y.ticks.map(tick => tick.label)");
          assertThat(ticks).as(chart).hasSizeBetween(2, 10).doesNotHaveDuplicates();
        }
        JsonNode gap =
            browser.evaluate(
                "Chart.getChart(document.querySelector('[data-chart=loss] canvas'))"
                    + ".getDatasetMeta(0).dataset.segments.length");
        assertThat(gap.asInt()).as("pieces of the line").isEqualTo(2);
        assertThat(text(browser, "#learnt-classes .line", "getAttribute('d')").split("M"))
            .as("pieces of the small one, and nothing before the first")
            .hasSize(3);
        assertThat(browser.problems()).isEmpty();
        browser.screenshot(SCREENSHOTS.resolve("narrow-" + behindS + ".png"), false);
      }
    }
  }

  /** Two classes, a loss and a distance that hardly move, and half a minute without Kafka. */
  private static JobView narrow(double behindS) {
    Jobs.Hand clock = new Jobs.Hand();
    JobWatch watch = new JobWatch(Jobs.TOPICS, -1, clock);
    JobView view = JobView.NOTHING_YET;
    for (int s = 0; s < 400; s++) {
      clock.forward(1000);
      if (s > 250 && s < 280) {
        view = watch.without(view, "timed out", List.of());
        continue;
      }
      long end = 1000L * s;
      String more =
          """
          "loss":%s,"window":{"gmean":0.9,"ece":0.01,"recall":{"c0":0.9,"c1":0.8},
          "precision":{"c0":0.99,"c1":0.3},"confusion":{"c0":{"c0":9},"c1":{"c1":1}},
          "reliability":[[0.9333,1,10,0.98,0.97]]},
          "drifts":[%s]
          """
              .formatted(
                  0.2 + s / 1e5,
                  s == 300
                      ? "{\"of\":\"recall\",\"class\":\"c1\",\"before\":0.9,\"after\":0.2}"
                      : "");
      view =
          watch.after(
              Jobs.look(s)
                  .end(end)
                  .weights(clock.millis(), end, 1 + end / 100)
                  .report(clock.millis(), Math.max(0, end - (long) (1000 * behindS)), s, more)
                  .scan(),
              List.of());
    }
    return view;
  }

  /** What is told of it, as often as it is asked for. */
  private static String told(JobView view, String query) {
    long since = Long.parseLong(query.replaceAll(".*since=(\\d+).*", "$1"));
    return StatusJson.of(List.of("fraud"), Jobs.TOPICS, List.of(), view, since, view.timeMs());
  }

  private static void chartsAreDrawnAndNumbersMove(Chromium browser) throws Exception {
    says(browser, "h1", "Training, ");
    for (String chart : CHARTS) {
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(points(browser, chart)).as(chart).isGreaterThan(4));
      assertThat(inked(browser, chart)).as(chart).isGreaterThan(200);
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(
                      browser.evaluate("document.querySelectorAll('#classes tr').length").asInt())
                  .isEqualTo(7);
              for (String cell :
                  List.of(
                      "#classes .stream",
                      "#classes .batch",
                      "#learnt-classes .recall",
                      "#learnt-classes .precision",
                      "#matrix td",
                      "#ece")) {
                assertThat(text(browser, cell, "textContent")).as(cell).matches("(?s).*\\d.*");
              }
              assertThat(browser.evaluate("document.querySelectorAll('#matrix td').length").asInt())
                  .isEqualTo(49);
              assertThat(
                      browser.evaluate("document.querySelectorAll('#missing li').length").asInt())
                  .isZero();
            });
    assertThat(
            browser
                .evaluate(
                    "document.querySelector('#classes .stream i').getBoundingClientRect().width")
                .asDouble())
        .isGreaterThan(20);
    int points = points(browser, "loss");
    for (String id : List.of("#steps-total", "#updated", "#classes .num .value")) {
      String before = text(browser, id, "textContent");
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(text(browser, id, "textContent")).as(id).isNotEqualTo(before));
    }
    assertThat(points(browser, "loss")).isGreaterThan(points);
  }

  /** What only a job has whose labels come later, and that answers. */
  private static void labelsAndAnswersAreTold(Chromium browser) throws Exception {
    for (String role : List.of("joiner", "scorer", "judge")) {
      says(browser, "#roles", role);
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              for (String figure :
                  List.of(
                      "#joined",
                      "#joined-more",
                      "#delay",
                      "#scored",
                      "#judged",
                      "#served-recall",
                      "#served-recall-more",
                      "#served-precision",
                      "#served-loss")) {
                assertThat(text(browser, figure, "textContent")).as(figure).matches(".*\\d.*");
              }
            });
    says(browser, "#scored", " /s");
    says(browser, "#scored-more", "by step ");
    says(browser, "#served-class", "Recall of ");
  }

  private static void aTileAloneStandsBesideTheOthers(Chromium browser) throws Exception {
    JsonNode rows =
        browser.evaluate(
            """
            import('/assets/answers.js').then(tiles => [{ step: 5, per_second: 2 }, {}].map(scorer => {
              tiles.show({ alerts: [], scorer });
              return document.querySelectorAll('#learning > div:not([hidden])').length
                + (document.getElementById('answers').hidden ? ' alone' : ' and more');
            }))
            """);
    assertThat(rows).extracting(JsonNode::asText).containsExactly("8 alone", "7 alone");
  }

  private static void readersAndKeyboardsGetAtTheValues(Chromium browser) throws Exception {
    for (String chart : CHARTS) {
      assertThat(text(browser, "[data-chart=" + chart + "] canvas", "getAttribute('aria-label')"))
          .startsWith("Line chart, ")
          .containsPattern("now [0-9]");
    }
    assertThat(text(browser, "#announcer", "textContent")).startsWith("Training");
    browser.evaluate("document.querySelector('[data-chart=loss] button').focus()");
    press(browser);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        browser
                            .evaluate(
                                "document.querySelectorAll('[data-chart=loss] tbody tr').length")
                            .asInt())
                    .isGreaterThan(3));
    assertThat(text(browser, "[data-chart=loss] button", "getAttribute('aria-pressed')"))
        .isEqualTo("true");
    press(browser);
    await()
        .atMost(SOON)
        .until(
            () ->
                browser
                    .evaluate("document.querySelector('[data-chart=loss] table') === null")
                    .asBoolean());
  }

  /** Nothing runs out of a screen, and light and dark are each what was asked for. */
  private static void everyScreenHasRoom(Chromium browser) throws Exception {
    for (boolean dark : List.of(false, true)) {
      String scheme = dark ? "dark" : "light";
      browser.emulate(1440, 900, false, dark);
      settled(browser, 1440, dark);
      oneScreen(browser);
      browser.screenshot(SCREENSHOTS.resolve("desktop-" + scheme + ".png"), false);
      browser.emulate(390, 844, true, dark);
      settled(browser, 390, dark);
      browser.screenshot(SCREENSHOTS.resolve("phone-" + scheme + ".png"), true);
    }
    browser.emulate(320, 640, true, false);
    settled(browser, 320, false);
    browser.emulate(1440, 900, false, false);
    settled(browser, 1440, false);
  }

  private static void aDeadLetterIsCounted(Chromium browser, WatchedJob job) throws Exception {
    assertThat(text(browser, "#letters", "textContent")).isEqualTo("0");
    job.sendUnreadable();
    says(browser, "#letters", "1");
    says(browser, "#letters-reason", "newest: unknown label");
    browser.evaluate("document.querySelector('#refused summary').focus()");
    press(browser);
    says(browser, "#reasons", "unknown label");
    says(browser, "#reasons .example", "-labels, partition ");
    assertThat(text(browser, "#reasons .example", "textContent"))
        .as("the field, and not what stood in it")
        .startsWith("'label' · ")
        .doesNotContain("Landed");
    oneScreen(browser);
    browser.screenshot(SCREENSHOTS.resolve("refused.png"), false);
  }

  private static void everythingCameFrom(Chromium browser, String url) throws Exception {
    JsonNode names =
        browser.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)");
    assertThat(names).isNotEmpty();
    names.forEach(name -> assertThat(name.asText()).startsWith(url + "/"));
  }

  /** Points of a chart that have a value. */
  private static int points(Chromium browser, String chart) throws Exception {
    return browser
        .evaluate(
            """
            (() => {
              const set = Chart.getChart(document.querySelector('[data-chart=%s] canvas')).data.datasets.at(-1);
              return set.data.filter(point => Number.isFinite(point[set.parsing.yAxisKey])).length;
            })()
            """
                .formatted(chart))
        .asInt();
  }

  /** Pixels of a chart that are painted. */
  private static int inked(Chromium browser, String chart) throws Exception {
    return browser
        .evaluate(
            """
            (() => {
              const canvas = document.querySelector('[data-chart=%s] canvas');
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              return data.filter((value, i) => i %% 4 === 3 && value > 0).length;
            })()
            """
                .formatted(chart))
        .asInt();
  }

  /** Presses Enter on what has the focus. */
  private static void press(Chromium browser) throws Exception {
    Map<String, Object> enter =
        Map.of("key", "Enter", "code", "Enter", "windowsVirtualKeyCode", 13, "text", "\r");
    for (String type : List.of("keyDown", "keyUp")) {
      Map<String, Object> event = new HashMap<>(enter);
      event.put("type", type);
      browser.call("Input.dispatchKeyEvent", event);
    }
  }
}
