package dev.counterweight.live;

import static dev.counterweight.live.Jobs.JOINED;
import static dev.counterweight.live.Jobs.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.Role.Status;
import dev.counterweight.runtime.RoleView;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of labels that come later. */
class LabelTimesTest {
  private static final long HOUR_MS = 3_600_000;
  private static final long WAIT_MS = 24 * HOUR_MS;
  private static final Status RUNNING = new Status(State.RUNNING, "at work");

  private final Jobs.Hand clock = new Jobs.Hand();

  @Test
  void theMedianIsOfEventsWithALabelAndCorrectionsAreNoEvents() throws Exception {
    Jobs job = new Jobs().end(9);
    for (long hours : new long[] {2, 3, 3, 24, 9}) {
      job.labelled(NOON - 2_000, hours * HOUR_MS, false);
    }
    job.labelled(NOON - 2_000, HOUR_MS, true);

    JsonNode told = status(WAIT_MS, List.of(), job);

    assertThat(told.at("/labels/median_seconds").asDouble()).isEqualTo(3 * 3_600);
    assertThat(told.at("/labels/never_share").asDouble()).isCloseTo(0.2, within(1e-9));
    assertThat(told.at("/roles/0/role").asText()).isEqualTo("joiner");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("joining, wrote 2.0 s ago");
    assertThat(told.at("/roles")).hasSize(4);
  }

  @Test
  void howManyGetNoneIsNotInventedWhereThoseAreDropped() throws Exception {
    Jobs job = new Jobs().end(9).labelled(NOON, 90_000, false);

    assertThat(status(-1, List.of(), job).at("/labels").toString())
        .isEqualTo("{\"median_seconds\":90.0}");
    assertThat(status(-1, List.of(), new Jobs().end(0)).at("/labels")).isEmpty();
  }

  @Test
  void aJoinerOfThisProcessKnowsBetter() throws Exception {
    String page =
        "{\"median_seconds\":259200,\"never_share\":0.003,\"waiting\":1204,\"matched\":5,"
            + "\"lag_events\":7,\"lag_labels\":30,\"wait_seconds\":1}";
    Jobs job = new Jobs().end(9).labelled(NOON, 90_000, false);

    JsonNode told = status(-1, List.of(new Jobs.Joiner(RUNNING, page)), job);

    assertThat(told.at("/labels").toString())
        .isEqualTo(
            "{\"median_seconds\":259200,\"never_share\":0.003,\"waiting\":1204,\"matched\":5,"
                + "\"lag\":37}");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("joining, 37 events behind");
    assertThat(told.at("/roles/0/here").asBoolean()).isTrue();
  }

  @Test
  void aJudgeOfThisProcessTellsWhatWasServedOfTheRarestClass() throws Exception {
    String page =
        """
        {"judged":12400,"waiting":3100,"gmean":0.883,"log_loss":0.02,"delay_seconds":432000,"lag":0,
        "recall":{"ok":0.99,"fraud":0.81},"precision":{"ok":1,"fraud":0.34},"label_first":4,
        "labels":{"ok":12300,"fraud":100},"recall_interval":{"fraud":[0.72,0.88]}}
        """;
    Jobs job = new Jobs().end(9);

    JsonNode told = status(-1, List.of(new Jobs.Judge(RUNNING, page)), job);

    assertThat(told.at("/served").toString())
        .isEqualTo(
            "{\"judged\":12400,\"waiting\":3100,\"log_loss\":0.02,\"gmean\":0.883,"
                + "\"delay_seconds\":432000,\"class\":\"fraud\",\"labels\":100,\"recall\":0.81,"
                + "\"recall_interval\":[0.72,0.88],\"precision\":0.34}");
    assertThat(told.at("/roles/4/role").asText()).isEqualTo("judge");
    assertThat(told.at("/roles/4/words").asText()).isEqualTo("judging, caught up");
    String none = "{\"judged\":0,\"waiting\":3,\"recall\":{}}";
    assertThat(status(-1, List.of(new Jobs.Judge(RUNNING, none)), job).at("/served").toString())
        .isEqualTo("{\"judged\":0,\"waiting\":3}");
    assertThat(status(-1, List.of(), job).has("served")).isFalse();
  }

  @Test
  void aScorerTellsByWhichCheckpointItAnswersAndHowFast() throws Exception {
    JobWatch watch = new JobWatch(JOINED, -1, clock);
    JobView view = JobView.NOTHING_YET;
    List<RoleView> here = List.of();
    for (int second = 0; second < 4; second++) {
      here = List.of(new Jobs.Scorer(RUNNING, 100 * second, clock.millis() - 35_000));
      view = watch.after(Jobs.look(second).end(9).scan(), here);
      clock.forward(1_000);
    }

    JsonNode told = json(JOINED, here, view);

    assertThat(told.at("/scorer/here").asBoolean()).isTrue();
    assertThat(told.at("/scorer/per_second").asDouble()).isEqualTo(100);
    assertThat(told.at("/scorer/step").asLong()).isEqualTo(4_200);
    assertThat(told.at("/scorer/age_seconds").asLong()).isEqualTo(36);
    assertThat(told.at("/scorer/held_back/checkpoint").asText()).isEqualTo("step-5000");
    assertThat(told.at("/roles/4/words").asText()).isEqualTo("scoring, 12 events behind");
    assertThat(told.at("/alerts/0/words").asText())
        .isEqualTo(
            "The guard holds back step-5000: worse in log loss. Step 4,200 goes on answering.");
    assertThat(told.at("/alerts/0/runbook").asText()).isEqualTo("CounterweightModelHeldBack");
  }

  @Test
  void aScorerElsewhereIsToldByWhatItWrote() throws Exception {
    Jobs job = new Jobs().end(9).score(NOON - 3_000, 42);

    JsonNode told = status(-1, List.of(), job);

    assertThat(told.at("/scorer/here").asBoolean()).isFalse();
    assertThat(told.at("/scorer/step").asLong()).isEqualTo(42);
    assertThat(told.at("/roles/4/words").asText()).isEqualTo("scoring, wrote 3.0 s ago");
    assertThat(status(-1, List.of(), new Jobs().end(9)).has("scorer")).isFalse();
  }

  @Test
  void aJoinerElsewhereThatIsQuietIsNotDoubted() throws Exception {
    Jobs job = new Jobs().end(9).weights(NOON, 9, 1).labelled(NOON - 10 * HOUR_MS, 1, false);

    JsonNode told = status(-1, List.of(), job);

    assertThat(told.at("/roles/0/state").asText()).isEqualTo("elsewhere");
    assertThat(told.at("/headline/words").asText()).doesNotContain("joiner");
  }

  @Test
  void theMarkOfTheJoinersLastCommitIsNothingToBeBehindOf() throws Exception {
    JobWatch watch = new JobWatch(JOINED, -1, clock);
    watch.after(new Jobs().end(101).weights(NOON, 90, 10).sampled(100).scan(), List.of());
    clock.forward(60_000);

    JobView view =
        watch.after(
            Jobs.look(1)
                .end(101)
                .weights(NOON, 90, 10)
                .sampled(100)
                .report(NOON, 100, 9, "")
                .scan(),
            List.of());

    JsonNode told = json(JOINED, List.of(), view);
    assertThat(told.at("/roles/1/words").asText()).isEqualTo("counting, caught up");
    assertThat(told.at("/roles/2/words").asText()).isEqualTo("sampling, caught up");
    assertThat(told.at("/figures/behind_events").asLong()).isZero();
  }

  @Test
  void aJobWithLabelsInItsEventsHasNoJoiner() throws Exception {
    JobView view = new JobWatch(Jobs.TOPICS, -1, clock).after(new Jobs().end(0).scan(), List.of());
    String told = StatusJson.of(List.of("fraud"), Jobs.TOPICS, List.of(), view, 0, clock.millis());

    assertThat(new ObjectMapper().readTree(told).has("labels")).isFalse();
    assertThat(told).doesNotContain("joiner");
  }

  private JsonNode status(long neverMs, List<RoleView> here, Jobs job) throws Exception {
    JobView view = new JobWatch(JOINED, neverMs, clock).after(job.scan(), List.of());
    return json(JOINED, here, view);
  }

  private JsonNode json(JobTopics topics, List<RoleView> here, JobView view) throws Exception {
    return new ObjectMapper()
        .readTree(StatusJson.of(List.of("fraud"), topics, here, view, 0, clock.millis()));
  }
}
