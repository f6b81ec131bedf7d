package dev.counterweight.live;

import static dev.counterweight.live.Jobs.NOON;
import static dev.counterweight.live.Screens.oneScreen;
import static dev.counterweight.live.Screens.says;
import static dev.counterweight.live.Screens.settled;
import static dev.counterweight.live.Screens.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.MetricsConfig;
import dev.counterweight.live.Alerts.Alert;
import dev.counterweight.runtime.Answer;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.Role.Status;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A page that has all that there can be, of a job that is made up. */
@Timeout(400)
class FullScreenIT {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final Status RUNNING = new Status(State.RUNNING, "at work");

  @TempDir Path folder;

  @Test
  void aJobOfTwoClassesThatHasEverythingStaysOneScreenAndReadableOnAPhone() throws Exception {
    Path program = Screens.chromium();
    JobView view = view();
    List<RoleView> roles = roles();
    Telemetry telemetry = new Telemetry();
    LivePage page = LivePage.start(List.of(Jobs.shown()), Clock.systemUTC());
    Map<String, Function<String, Answer>> pages = new HashMap<>(page.pages());
    pages.put(
        "/status",
        query -> {
          long since = Long.parseLong(query.replaceAll(".*since=(\\d+).*", "$1"));
          return Answer.json(
              200, StatusJson.of(List.of("fraud"), Jobs.JOINED, roles, view, since, view.timeMs()));
        });
    try (telemetry;
        page;
        HttpEndpoint endpoint =
            HttpEndpoint.start(
                new MetricsConfig("127.0.0.1", 0), telemetry, Health.of(List.of()), pages);
        Chromium browser = Chromium.start(program, folder.resolve("profile"))) {
      for (boolean dark : List.of(false, true)) {
        browser.emulate(1440, 900, false, dark);
        browser.open(endpoint.url() + "/");
        says(browser, "#served-class", "Recall of chargeback after delivery, served");
        says(browser, "#served-recall-more", "0.72 to 0.88, 100 labels");
        says(browser, "#judged-more", "5 d later, 3,100 wait");
        says(browser, "#scored-more", "by step 4,200, next held back");
        assertThat(browser.evaluate("document.querySelectorAll('#alerts li').length").asInt())
            .isEqualTo(Alerts.MOST);
        assertThat(text(browser, "#alerts li:nth-child(2) .words", "textContent"))
            .as("a name is text, whatever it looks like")
            .contains("<img src=x>");
        assertThat(browser.evaluate("document.images.length").asInt()).isZero();
        settled(browser, 1440, dark);
        oneScreen(browser);
        String scheme = dark ? "dark" : "light";
        Axe.check(browser, "the live page, " + scheme);
        browser.screenshot(SCREENSHOTS.resolve("full-" + scheme + ".png"), false);
        browser.evaluate("document.querySelector('#refused').open = true");
        says(
            browser,
            "#reasons tr:nth-child(2) .example",
            "'amount' · payments, partition 2, offset 4711");
        browser.screenshot(SCREENSHOTS.resolve("full-letters-" + scheme + ".png"), false);
        browser.emulate(390, 844, true, dark);
        settled(browser, 390, dark);
        browser.screenshot(SCREENSHOTS.resolve("full-phone-" + scheme + ".png"), true);
        Axe.check(browser, "the live page on a phone, " + scheme);
        browser.emulate(900, 844, false, dark);
        settled(browser, 900, dark);
        browser.screenshot(SCREENSHOTS.resolve("full-tablet-" + scheme + ".png"), false);
      }
      assertThat(browser.problems()).isEmpty();
    }
  }

  private static List<RoleView> roles() {
    String labels =
        """
        {"median_seconds":432000,"never_share":0.15,"waiting":3100,"matched":12400,"corrected":31,
        "lag_events":0,"lag_labels":0}
        """;
    String served =
        """
        {"judged":12400,"waiting":3100,"gmean":0.883,"log_loss":0.0213,"delay_seconds":432000,"lag":0,
        "recall":{"ok":0.99,"chargeback after delivery":0.81},
        "precision":{"ok":1,"chargeback after delivery":0.34},
        "labels":{"ok":12300,"chargeback after delivery":100},
        "recall_interval":{"chargeback after delivery":[0.72,0.88]}}
        """;
    List<RoleView> roles = new ArrayList<>(Jobs.roles(RUNNING, RUNNING, RUNNING));
    roles.add(new Jobs.Joiner(RUNNING, labels));
    roles.add(new Jobs.Scorer(RUNNING, 9_000, NOON + 90_000 - 35_000));
    roles.add(new Jobs.Judge(RUNNING, served));
    return roles;
  }

  private static JobView view() {
    Jobs.Hand clock = new Jobs.Hand();
    JobWatch watch = new JobWatch(Jobs.JOINED, -1, clock);
    JobView view = JobView.NOTHING_YET;
    LetterReasons reasons = new LetterReasons(Set.of("amount"));
    reasons.take(Jobs.letter(NOON, "bad_feature", "feature 'amount' is 1e99: no"));
    for (int i = 0; i < 3; i++) {
      reasons.take(Jobs.letter(NOON, "malformed", "no Avro"));
    }
    for (int s = 1; s <= 90; s++) {
      clock.forward(1000);
      String more =
          """
          "loss":%s,"window":{"gmean":0.85,"ece":0.01,"log_loss":0.02,"recall":{"c0":0.99,"c1":0.8},
          "precision":{"c0":0.99,"c1":0.3},"confusion":{"c0":{"c0":95,"c1":5},"c1":{"c1":8,"c0":2}},
          "false_alarms":{"c0":0,"c1":3.1},"pr_auc":{"c0":1,"c1":0.6},"class_ece":{"c0":0,"c1":0.01},
          "reliability":[[0.9,1,90,0.95,0.97],[0.5,0.6,5,0.55,0.4]]},"uses":{"c0":2,"c1":64},
          "features":{%s},"drawn":{"c0":%d,"c1":%d}
          """
              .formatted(0.3 / s, features(), 60 * s, 40 * s);
      view =
          watch.after(
              Jobs.look(s)
                  .end(1000L * s)
                  .sampled(1000L * s)
                  .weights(clock.millis(), 1000L * s, 4L * s)
                  .checkpoint(clock.millis() - 2000, 10L * s)
                  .report(clock.millis(), 1000L * s - 300, 10L * s, more)
                  .deadLetters(clock.millis(), 4, "malformed", reasons.all())
                  .scan(),
              List.of(new Jobs.Scorer(RUNNING, 100L * s, NOON)));
    }
    return view.withAlerts(alerts(view.alerts().get(0)));
  }

  private static String features() {
    return IntStream.range(0, 7)
        .mapToObj(
            f ->
                "\"card.f%d\":{\"missing\":0.%d,\"missing_since_start\":0.05,\"unseen\":0.01,\"unseen_since_start\":0}"
                    .formatted(f, f + 1))
        .collect(Collectors.joining(","));
  }

  private static List<Alert> alerts(Alert held) {
    String drift = "CounterweightDrift";
    return List.of(
        held,
        new Alert(
            "wait",
            "Recall of <img src=x> is 0.31 of late, and was 0.74 since the start.",
            NOON,
            drift),
        new Alert(
            "wait",
            "customer.account.holder.address.country is unseen in 31 % of the events of late, and"
                + " was in 4.0 % since the start.",
            NOON,
            "CounterweightCategoriesUnseen"),
        new Alert(
            "wait",
            "1.2 % of the events are refused, newest: malformed.",
            NOON,
            "CounterweightDeadLetters"),
        new Alert(
            "info",
            "A change was found: recall of fraud fell from 0.82 to 0.41.",
            NOON,
            "CounterweightChangeFound"),
        new Alert(
            "info",
            "A change was found: the share of fraud went from 0.40 % to 1.2 %.",
            NOON,
            "CounterweightChangeFound"));
  }
}
