package dev.counterweight.live;

import static dev.counterweight.live.Jobs.JOINED;
import static dev.counterweight.live.Jobs.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

    assertThat(told.at("/labels/words").asText())
        .isEqualTo("labels: median 3 h behind, 20 % never");
    assertThat(told.at("/roles/0/role").asText()).isEqualTo("joiner");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("joining, wrote 2.0 s ago");
    assertThat(told.at("/roles")).hasSize(4);
  }

  @Test
  void howManyGetNoneIsNotInventedWhereThoseAreDropped() throws Exception {
    Jobs job = new Jobs().end(9).labelled(NOON, 90_000, false);

    assertThat(status(-1, List.of(), job).at("/labels/words").asText())
        .isEqualTo("labels: median 90 s behind");
    assertThat(status(-1, List.of(), new Jobs().end(0)).at("/labels/words").asText()).isEmpty();
  }

  @Test
  void aJoinerOfThisProcessKnowsBetter() throws Exception {
    String page = "{\"median_seconds\":259200,\"never_share\":0.003,\"waiting\":1204}";
    Jobs job = new Jobs().end(9).labelled(NOON, 90_000, false);

    JsonNode told = status(-1, List.of(new Jobs.Joiner(RUNNING, page)), job);

    assertThat(told.at("/labels/words").asText())
        .isEqualTo("labels: median 3 d behind, 0.3 % never, 1,204 events wait");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("joining");
    assertThat(told.at("/roles/0/here").asBoolean()).isTrue();
  }

  @Test
  void aJudgeOfThisProcessTellsWhatWasServed() throws Exception {
    String page =
        "{\"judged\":12400,\"waiting\":3100,\"gmean\":0.883,\"recall\":{\"ok\":0.99,\"fraud\":0.81}}";
    Jobs job = new Jobs().end(9);

    assertThat(status(-1, List.of(new Jobs.Judge(RUNNING, page)), job).at("/served/words").asText())
        .isEqualTo(
            "what was served, judged by 12,400 labels so far: recall of fraud 0.810, g-mean 0.883;"
                + " 3,100 scores wait for theirs");
    String none = "{\"judged\":0,\"waiting\":3,\"recall\":{}}";
    assertThat(status(-1, List.of(new Jobs.Judge(RUNNING, none)), job).at("/served/words").asText())
        .isEqualTo("what was served, judged by 0 labels so far; 3 scores wait for theirs");
    assertThat(status(-1, List.of(), job).at("/served/words").asText()).isEmpty();
  }

  @Test
  void aJoinerElsewhereThatIsQuietIsNotDoubted() throws Exception {
    Jobs job = new Jobs().end(9).weights(NOON, 9, 1).labelled(NOON - 10 * HOUR_MS, 1, false);

    JsonNode told = status(-1, List.of(), job);

    assertThat(told.at("/roles/0/state").asText()).isEqualTo("elsewhere");
    assertThat(told.at("/headline/words").asText()).doesNotContain("joiner");
  }

  @Test
  void aJobWithLabelsInItsEventsHasNoJoiner() throws Exception {
    JobView view = new JobWatch(Jobs.TOPICS, -1, clock).after(new Jobs().end(0).scan());
    String told = StatusJson.of(List.of("fraud"), Jobs.TOPICS, List.of(), view, 0, clock.millis());

    assertThat(new ObjectMapper().readTree(told).has("labels")).isFalse();
    assertThat(told).doesNotContain("joiner");
  }

  private JsonNode status(long neverMs, List<RoleView> here, Jobs job) throws Exception {
    JobView view = new JobWatch(JOINED, neverMs, clock).after(job.scan());
    return new ObjectMapper()
        .readTree(StatusJson.of(List.of("fraud"), JOINED, here, view, 0, clock.millis()));
  }
}
