package dev.counterweight.live;

import static dev.counterweight.live.Jobs.NOON;
import static dev.counterweight.live.Jobs.TOPICS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.live.Alerts.Alert;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.Role.Status;
import dev.counterweight.runtime.RoleView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What somebody is told to look at, and what nobody is bothered with. */
class AlertsTest {
  private static final Status RUNNING = new Status(State.RUNNING, "at work");

  private final Jobs.Hand clock = new Jobs.Hand();
  private final JobWatch watch = new JobWatch(TOPICS, -1, clock);
  private JobView view = JobView.NOTHING_YET;

  @Test
  void aJobAtWorkHasNothingToBeLookedAt() {
    for (int s = 0; s < 2_000; s += 10) {
      pass(
          10,
          List.of(),
          Jobs.look(s)
              .end(100L * s)
              .weights(clock.millis(), 99L * s, s)
              .report(clock.millis(), 100L * s, s, report(0.9, 0.9))
              .checkpoint(clock.millis(), s));
      assertThat(view.alerts()).as("second %d", s).isEmpty();
    }
  }

  @Test
  void aLagIsToldOnceItHasGrownForTenMinutes() {
    for (int s = 0; s <= 620; s += 5) {
      pass(
          5,
          List.of(),
          Jobs.look(s)
              .end(10_000L + 100L * s)
              .weights(clock.millis(), 9, 1)
              .report(clock.millis(), 90L * s, s, "")
              .checkpoint(clock.millis(), s));
      if (s < 600) {
        assertThat(runbooks()).as("second %d", s).isEmpty();
      }
    }
    assertThat(view.alerts())
        .anySatisfy(
            alert -> {
              assertThat(alert.words())
                  .isEqualTo(
                      "The trainer falls behind: 16,200 records wait for it, and there are ever"
                          + " more.");
              assertThat(alert.runbook()).isEqualTo("CounterweightLagGrows");
              assertThat(alert.sinceMs()).isEqualTo(NOON + 15_000);
            });
  }

  @Test
  void trainingThatStandsAndACheckpointThatIsOldAreTold() {
    for (int s = 0; s <= 1_000; s += 5) {
      pass(
          5,
          List.of(),
          Jobs.look(s)
              .end(100L * s)
              .weights(clock.millis(), 99L * s, s)
              .report(clock.millis(), 100L * s, s, "")
              .checkpoint(NOON, 5));
    }
    assertThat(runbooks()).containsExactly("CounterweightCheckpointStale");

    for (int s = 1_005; s <= 1_700; s += 5) {
      pass(
          5,
          List.of(),
          Jobs.look(s)
              .end(100L * s)
              .weights(clock.millis(), 99L * s, s)
              .report(clock.millis(), 100_000, 1_000, "")
              .checkpoint(NOON, 5));
    }
    assertThat(runbooks()).contains("CounterweightTrainingStalled");
    assertThat(view.alerts().get(0).tone()).isEqualTo("bad");
  }

  @Test
  void whichClassAndWhichFeatureIsWorseIsSaidAndSinceWhen() {
    for (int s = 0; s < 200; s++) {
      pass(
          1,
          List.of(),
          Jobs.look(s)
              .end(100L * s)
              .weights(clock.millis(), 99L * s, s)
              .report(clock.millis(), 100L * s, s, s < 100 ? report(0.7, 0.74) : report(0.31, 0.74))
              .checkpoint(clock.millis(), s));
    }
    assertThat(view.alerts())
        .containsExactly(
            new Alert(
                "wait",
                "Recall of c1 is 0.31 of late, and was 0.74 since the start.",
                NOON + 101_000,
                "CounterweightDrift"),
            new Alert(
                "wait",
                "shop is unseen in 31 % of the events of late, and was in 4.0 % since the start.",
                NOON + 101_000,
                "CounterweightCategoriesUnseen"));

    pass(
        1,
        List.of(),
        Jobs.look(200).end(20_000).report(clock.millis(), 20_000, 200, report(0.7, 0.7)));
    assertThat(view.alerts()).as("once it is better").isEmpty();
  }

  @Test
  void aRareClassThatIsNotRecognisedIsNamedWithTheIntervalOfItsRecall() {
    String hardly =
        """
        "window":{"recall":{"c0":0.99,"c1":0.02},"evaluated":{"c0":9000,"c1":130},
        "recall_interval":{"c1":[0.004,0.054]}},"recall":{"c0":0.99,"c1":0.5}
        """;
    for (int s = 0; s < 40; s++) {
      pass(
          1,
          List.of(),
          Jobs.look(s)
              .end(100L * s)
              .report(clock.millis(), 100L * s, s, hardly)
              .checkpoint(clock.millis(), s));
    }
    assertThat(view.alerts()).hasSize(1);
    assertThat(view.alerts().get(0).words())
        .isEqualTo("c1 is hardly recognised: recall 0.02 of its newest 130 events (0.00 to 0.05).");
  }

  @Test
  void whileKafkaIsAwayThatAloneIsToldAfterAMinute() {
    List<RoleView> failed = Jobs.roles(RUNNING, new Status(State.FAILED, "offset 7 is gone"));
    pass(1, List.of(), new Jobs().end(5));
    for (int s = 0; s < 70; s++) {
      clock.forward(1_000);
      view = watch.without(view, "timed out", failed);
      assertThat(runbooks()).hasSize(s > 60 ? 2 : 1).startsWith("CounterweightRoleDown");
    }
    assertThat(view.alerts().get(0).words()).isEqualTo("The sampler of this process has failed.");
    assertThat(view.alerts().get(1).sinceMs()).isEqualTo(NOON + 2_000);
  }

  @Test
  void labelsThatStopAreToldWhereSomeWereToBeExpectedAndAWaitThatIsOver() {
    for (int s = 0; s < 4_000; s += 10) {
      String page =
          """
          {"wait_seconds":3600,"oldest_seconds":%d,"label_seconds":%d,"read_events":%d,
          "read_labels":500,"lag_events":0,"lag_labels":0}
          """
              .formatted(s < 2_000 ? 3_000 : 5_000, Math.max(0, s - 1_000), s);
      pass(10, List.of(new Jobs.Joiner(RUNNING, page)), Jobs.look(s).end(s));
      if (s < 2_500) {
        assertThat(runbooks()).as("second %d", s).isEmpty();
      }
    }
    assertThat(runbooks()).contains("CounterweightJoinerHeldBack", "CounterweightLabelsStopped");
  }

  @Test
  void someAreToldTheWorstFirst() {
    StringBuilder drifts = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      drifts.append(i == 0 ? "" : ",").append("{\"of\":\"prior\",\"class\":\"c1\"}");
    }
    String more = report(0.1, 0.9) + ",\"drifts\":[" + drifts + "]";
    Jobs.Scorer scorer = new Jobs.Scorer(RUNNING, 1, NOON);
    for (int s = 0; s < 60; s++) {
      pass(
          1, List.of(scorer), Jobs.look(s).end(100L * s).report(clock.millis(), 100L * s, s, more));
    }
    assertThat(view.alerts()).hasSizeLessThanOrEqualTo(Alerts.MOST);
    assertThat(view.alerts()).extracting(Alert::tone).startsWith("bad", "wait").endsWith("info");
  }

  @Test
  void everyAlertHasItsSectionInTheRunbook() throws IOException {
    Set<String> sections = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("docs/runbook.md"))) {
      if (line.startsWith("## ")) {
        sections.add(line.substring(3));
      }
    }
    List<String> named = new ArrayList<>();
    for (String file : List.of("Alerts", "Worsening")) {
      String code =
          Files.readString(Path.of("src/main/java/dev/counterweight/live/" + file + ".java"));
      Pattern.compile("\"(Counterweight\\w+)\"")
          .matcher(code)
          .results()
          .map((MatchResult found) -> found.group(1))
          .forEach(named::add);
    }
    assertThat(named).hasSizeGreaterThan(10);
    assertThat(sections).containsAll(named);
  }

  private void pass(int seconds, List<RoleView> here, Jobs job) {
    clock.forward(1_000L * seconds);
    view = watch.after(job.scan(), here);
  }

  private List<String> runbooks() {
    return view.alerts().stream().map(Alert::runbook).toList();
  }

  /** Recall of c1 lately and since the start; a category is unseen where it fell. */
  private static String report(double lately, double before) {
    return """
    "window":{"recall":{"c0":0.99,"c1":%s},"evaluated":{"c0":900,"c1":40},"log_loss":0.1},
    "log_loss":0.1,"recall":{"c0":0.99,"c1":%s},
    "features":{"shop":{"unseen":%s,"unseen_since_start":0.04}}
    """
        .formatted(lately, before, lately < 0.5 ? 0.31 : 0.05);
  }
}
