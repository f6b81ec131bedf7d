package dev.counterweight.live;

import static dev.counterweight.live.Jobs.NOON;
import static dev.counterweight.live.Jobs.TOPICS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.Role.Status;
import dev.counterweight.runtime.RoleView;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is told of a job, from what its topics and roles say. */
class StatusJsonTest {
  private static final Status RUNNING = new Status(State.RUNNING, "at work");
  private static final Status WAITING = new Status(State.WAITING, "waiting for batches");
  private static final Status STOPPED = new Status(State.DONE, "drained");

  private final Jobs.Hand clock = new Jobs.Hand();
  private final JobWatch watch = new JobWatch(TOPICS, -1, clock);

  @Test
  void nothingIsInventedBeforeAnythingIsKnown() throws Exception {
    List<RoleView> roles =
        Jobs.roles(
            new Status(State.STARTING, "starting"),
            new Status(State.WAITING, "waiting for the counter"),
            WAITING);

    JsonNode before = status(roles, JobView.NOTHING_YET);
    assertThat(before.at("/headline/words").asText()).isEqualTo("The counter: starting");
    assertThat(before.at("/missing")).isEmpty();

    JsonNode after = status(roles, watch.after(new Jobs().end(0).scan(), List.of()));
    assertThat(after.at("/missing/0").asText()).startsWith("No class weights yet");
    assertThat(after.at("/classes/rows")).isEmpty();
    assertThat(after.has("checkpoint")).isFalse();
    assertThat(after.at("/figures").has("loss")).isFalse();
    assertThat(after.at("/points/loss/0").isNull()).isTrue();
    assertThat(after.at("/roles/1/words").asText()).isEqualTo("waiting for the counter");
  }

  @Test
  void aJobAtWorkIsToldWhole() throws Exception {
    JobView view = atWork();

    JsonNode told = status(Jobs.roles(RUNNING, RUNNING, WAITING), view);

    assertThat(told.at("/headline/words").asText()).isEqualTo("Training, 2.0 s behind");
    assertThat(told.at("/headline/tone").asText()).isEqualTo("good");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("counting, caught up");
    assertThat(told.at("/roles/1/words").asText()).isEqualTo("sampling, 1.0 s behind");
    assertThat(told.at("/roles/2/state").asText()).isEqualTo("running");
    assertThat(told.at("/figures/arriving_per_second").asDouble()).isEqualTo(100);
    assertThat(told.at("/figures/training_per_second").asDouble()).isEqualTo(100);
    assertThat(told.at("/figures/steps_per_second").asDouble()).isEqualTo(10);
    assertThat(told.at("/figures/behind_events").asLong()).isEqualTo(200);
    assertThat(told.at("/figures/loss").asDouble()).isEqualTo(0.25);
    assertThat(told.at("/figures/window/gmean").asDouble()).isEqualTo(0.9);
    JsonNode rare = told.at("/classes/rows/1");
    assertThat(rare.get("class").asText()).isEqualTo("c1");
    assertThat(rare.get("stream_share").asDouble()).isEqualTo(0.01);
    assertThat(rare.get("batch_share").asDouble()).isCloseTo(0.3, within(1e-6));
    assertThat(rare.get("uses").asDouble()).isEqualTo(64);
    assertThat(rare.get("recall").asDouble()).isEqualTo(0.75);
    assertThat(told.at("/classes/rows/2").has("recall")).as("not evaluated").isFalse();
    assertThat(told.at("/checkpoint/step").asLong()).isEqualTo(40);
    assertThat(told.at("/dead_letters/count").asLong()).isEqualTo(3);
    assertThat(told.at("/dead_letters/newest_reason").asText()).isEqualTo("unknown label");
    assertThat(told.at("/points/recall/c1").size()).isEqualTo(told.at("/points/time_ms").size());
  }

  @Test
  void featuresWhoseSharesChangedMostAreToldWithTheirLines() throws Exception {
    StringBuilder features = new StringBuilder("\"features\":{");
    for (int f = 0; f < 10; f++) {
      features.append(
          "\"f%d\":{\"missing\":0.%d,\"missing_since_start\":0.1},".formatted(f, 1 + f % 9));
    }
    features.append("\"shop\":{\"unseen\":0.75,\"unseen_since_start\":0.05}}");
    watch.after(new Jobs().end(9).weights(NOON, 9, 1).scan(), List.of());
    clock.forward(1000);
    JobView view =
        watch.after(
            Jobs.look(1)
                .end(9)
                .weights(NOON, 9, 1)
                .report(clock.millis(), 9, 1, features.toString())
                .scan(),
            List.of());

    JsonNode told = status(List.of(), view);

    assertThat(told.at("/features/rows").findValuesAsText("feature"))
        .as("f0, f1 and f9 changed least")
        .containsExactly("f2", "f3", "f4", "f5", "f6", "f7", "f8", "shop");
    assertThat(told.at("/features/note").asText()).isEqualTo("The 8 whose shares changed most.");
    JsonNode shop = told.at("/features/rows/7");
    assertThat(shop.get("unseen").asDouble()).isEqualTo(0.75);
    assertThat(shop.get("unseen_since_start").asDouble()).isEqualTo(0.05);
    assertThat(shop.has("missing")).isFalse();
    assertThat(told.at("/points/missing/f8")).hasSize(2);
    assertThat(told.at("/points/missing/f8/0").isNull()).as("before the report").isTrue();
    assertThat(told.at("/points/missing/f8/1").asDouble()).isEqualTo(0.9);
    assertThat(told.at("/points/unseen/shop/1").asDouble()).isEqualTo(0.75);
  }

  @Test
  void whatEachOfSeveralNetworksCountsIsSaidInWords() throws Exception {
    String shares = "\"candidates\":{\"rate.0\":0.255,\"rate.1\":0,\"average.0\":0.745}";
    JobView view = watch.after(job(6).report(clock.millis(), 600, 60, shares).scan(), List.of());

    assertThat(status(List.of(), view).at("/candidates/words").asText())
        .isEqualTo("Served of 3 networks: average.0 75 %, rate.0 26 %");
    assertThat(status(List.of(), atWork()).has("candidates")).isFalse();
  }

  @Test
  void thatAForestIsPooledWithThemIsSaidToo() throws Exception {
    String shares =
        "\"candidates\":{\"rate.0\":0.25,\"rate.1\":0.75},"
            + "\"forest\":{\"networks\":0.8,\"slow\":0.3,\"quick\":0}";
    JobView view = watch.after(job(6).report(clock.millis(), 600, 60, shares).scan(), List.of());

    assertThat(status(List.of(), view).at("/candidates/words").asText())
        .isEqualTo("Served of 2 networks, pooled with a forest: rate.1 75 %, rate.0 25 %");
  }

  @Test
  void onlyPointsNotYetFetchedAreTold() throws Exception {
    JobView view = atWork();
    JsonNode all = status(List.of(), view);
    long next = all.at("/points/next").asLong();
    assertThat(all.at("/points/time_ms").size()).isEqualTo(next);

    JsonNode rest =
        json(StatusJson.of(List.of("fraud"), TOPICS, List.of(), view, next - 2, clock.millis()));

    assertThat(rest.at("/points/time_ms").size()).isEqualTo(2);
    assertThat(rest.at("/points/next").asLong()).isEqualTo(next);
  }

  @Test
  void aStoppedRoleAFailureAndBeingCaughtUpAreSaidInWords() throws Exception {
    JobView view = atWork();
    assertThat(words(Jobs.roles(RUNNING, STOPPED, RUNNING), view))
        .isEqualTo("The sampler has stopped");
    assertThat(words(Jobs.roles(STOPPED, STOPPED, STOPPED), view)).startsWith("Stopped: ");
    Status failed = new Status(State.FAILED, "offset 7 is gone");
    assertThat(words(Jobs.roles(RUNNING, STOPPED, failed), view))
        .isEqualTo("The trainer failed: offset 7 is gone");

    clock.forward(1000);
    JobView caughtUp = watch.after(job(6).report(clock.millis(), 600, 60, "").scan(), List.of());
    assertThat(words(Jobs.roles(RUNNING, RUNNING, WAITING), caughtUp))
        .isEqualTo("Caught up, waiting for events");
  }

  @Test
  void anOpenTransactionIsWhatACaughtUpJobWaitsFor() throws Exception {
    atWork();
    clock.forward(1000);
    long heldMs = clock.millis() - 1000;
    JobView brief = caughtUp(heldMs);
    assertThat(words(Jobs.roles(RUNNING, RUNNING, WAITING), brief))
        .as("transactions come and go")
        .isEqualTo("Caught up, waiting for events");

    clock.forward(199_000);
    JsonNode told = status(Jobs.roles(RUNNING, RUNNING, WAITING), caughtUp(heldMs));

    assertThat(told.at("/headline/words").asText())
        .isEqualTo(
            "Waiting for a producer's open transaction: 501 offsets behind it for 3 min 20 s");
    assertThat(told.at("/headline/tone").asText()).isEqualTo("wait");
    assertThat(told.at("/roles/2/words").asText())
        .isEqualTo("caught up, waiting for an open transaction to end");
    assertThat(told.at("/held/offsets").asLong()).isEqualTo(501);
    assertThat(told.at("/held/seconds").asLong()).isEqualTo(200);
    assertThat(told.at("/held/since_ms").asLong()).isEqualTo(heldMs);
    assertThat(told.at("/held/from/0").asLong()).isEqualTo(600);
    assertThat(told.at("/missing/0").asText())
        .startsWith("501 offsets of 'payments' have been behind a producer's open transaction");
  }

  @Test
  void aFloodOfEventsThatAreRefusedTurnsTheHeadlineUntilItEnds() throws Exception {
    atWork();
    long events = 600;
    long refused = 3;
    JobView view = JobView.NOTHING_YET;
    for (int second = 0; second < 10; second++) {
      clock.forward(1000);
      events += 100;
      refused += 10;
      view = flooded(second, events, refused);
    }
    assertThat(words(Jobs.roles(RUNNING, RUNNING, RUNNING), view))
        .as("one event in ten")
        .startsWith("Training");

    for (int second = 10; second < 20; second++) {
      clock.forward(1000);
      events += 1000;
      refused += 900;
      view = flooded(second, events, refused);
    }
    JsonNode told = status(Jobs.roles(RUNNING, RUNNING, RUNNING), view);
    assertThat(told.at("/headline/words").asText())
        .isEqualTo("Most events are refused (malformed): 900 a second go to the dead-letter topic");
    assertThat(told.at("/headline/tone").asText()).isEqualTo("bad");

    for (int second = 20; second < 30; second++) {
      clock.forward(1000);
      events += 100;
      view = flooded(second, events, refused);
    }
    assertThat(words(Jobs.roles(RUNNING, RUNNING, RUNNING), view)).startsWith("Training");
  }

  private JobView flooded(int second, long events, long refused) {
    return watch.after(
        Jobs.look(10 + second)
            .end(events)
            .sampled(events)
            .weights(clock.millis(), events, 6)
            .report(clock.millis(), events - 50, 60 + second, "")
            .deadLetters(clock.millis(), refused, "malformed")
            .scan(),
        List.of());
  }

  private JobView caughtUp(long heldMs) {
    return watch.after(
        job(6).report(clock.millis(), 600, 60, "").held(heldMs, 501).scan(), List.of());
  }

  @Test
  void whatRecallCostsStandsBesideIt() throws Exception {
    JobView view = atWork();
    clock.forward(1000);
    view =
        watch.after(
            job(7)
                .report(
                    clock.millis(),
                    600,
                    60,
                    """
                    "window":{"recall":{"c1":0.85,"c2":0.98},"precision":{"c1":0.34,"c2":0.999},
                    "false_alarms":{"c1":16.5,"c2":1.5},"pr_auc":{"c1":0.61},"class_ece":{"c1":0.02},
                    "confusion":{"c1":{"c1":85,"c2":15},"c2":{"c1":165,"c2":8085}},
                    "reliability":[[0.6,0.6667,25,0.63,0.55],[0.9333,1,75,0.98,0.97]]}
                    """)
                .scan(),
            List.of());

    JsonNode told = status(List.of(), view);

    JsonNode rare = told.at("/classes/rows/1");
    assertThat(rare.get("recall").asDouble()).isEqualTo(0.85);
    assertThat(rare.get("precision").asDouble()).isEqualTo(0.34);
    assertThat(rare.get("false_alarms").asDouble()).isEqualTo(16.5);
    assertThat(rare.get("pr_auc").asDouble()).isEqualTo(0.61);
    assertThat(rare.get("class_ece").asDouble()).isEqualTo(0.02);
    assertThat(told.at("/classes/rows/2").has("precision")).isFalse();
    assertThat(told.at("/decisions/classes").toString())
        .as("as the classes are shown, the commonest first")
        .isEqualTo("[\"c2\",\"c1\",\"c0\"]");
    assertThat(told.at("/decisions/shares").toString())
        .isEqualTo("[[0.98,0.02,0.0],[0.15,0.85,0.0],[null,null,null]]");
    assertThat(told.at("/decisions/reliability/0/hits").asDouble()).isEqualTo(0.55);
    assertThat(told.at("/decisions/reliability/1/share").asDouble()).isEqualTo(0.75);
  }

  @Test
  void lossStaysKnownWhereANewRecordFilledNoBatch() throws Exception {
    atWork();
    clock.forward(1000);

    JobView view = watch.after(job(7).report(clock.millis(), 600, 60, "").scan(), List.of());

    JsonNode told = status(List.of(), view);
    assertThat(told.at("/figures/loss").asDouble()).isEqualTo(0.25);
    JsonNode line = told.at("/points/loss");
    assertThat(line.get(line.size() - 1).asDouble()).isEqualTo(0.25);
  }

  @Test
  void changesFoundAndTrainersThatTakeOverAreMarked() throws Exception {
    watch.after(job(0).report(NOON, 0, 0, "\"leading_since_ms\":5").scan(), List.of());
    assertThat(status(List.of(), atWork()).at("/marks")).isEmpty();
    clock.forward(2000);

    JobView view =
        watch.after(
            job(8)
                .report(
                    clock.millis(),
                    600,
                    60,
                    """
                    "leading_since_ms":%d,
                    "drifts":[{"of":"recall","class":"c1","before":0.9,"after":0.2}]
                    """
                        .formatted(NOON + 7000))
                .scan(),
            List.of());

    JsonNode marks = status(List.of(), view).at("/marks");
    assertThat(marks.get(0).toString())
        .isEqualTo(
            "{\"time_ms\":%d,\"kind\":\"restart\",\"words\":\"a trainer took over\"}"
                .formatted(NOON + 7000));
    assertThat(marks.get(1).get("words").asText()).isEqualTo("recall of c1 fell from 0.90 to 0.20");
    assertThat(marks).hasSize(2);
  }

  @Test
  void whileKafkaIsAwayNothingOfNowIsToldAndNoRoleIsBlamed() throws Exception {
    JobView view = atWork();
    for (int look = 0; look < 5; look++) {
      clock.forward(6000);
      view = watch.without(view, "timed out", List.of());
    }

    JsonNode told = status(Jobs.roles(RUNNING), view);

    assertThat(told.at("/headline/words").asText()).isEqualTo("Kafka has not answered for 30 s");
    assertThat(told.at("/headline/tone").asText()).isEqualTo("wait");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("waiting for Kafka");
    assertThat(told.at("/roles/2/words").asText())
        .isEqualTo("not known while Kafka does not answer");
    assertThat(told.at("/figures").has("training_per_second")).isFalse();
    assertThat(told.at("/figures").has("arriving_per_second")).isFalse();
    assertThat(told.at("/figures").has("behind_events")).isFalse();
    JsonNode line = told.at("/points/training");
    assertThat(line.get(line.size() - 1).isNull()).as("a gap, no line through it").isTrue();
    assertThat(told.at("/figures/window/gmean").asDouble()).as("what was").isEqualTo(0.9);
  }

  @Test
  void rolesOfOtherProcessesAreToldFromTheirTopicsUntilTheyFallSilent() throws Exception {
    JobView view = atWork();
    List<RoleView> sampler = List.of(new Jobs.Scripted("sampler", RUNNING));
    JsonNode told = status(sampler, view);
    assertThat(told.at("/roles/0/here").asBoolean()).isFalse();
    assertThat(told.at("/roles/2/state").asText()).isEqualTo("elsewhere");
    assertThat(told.at("/headline/words").asText()).isEqualTo("Training, 2.0 s behind");

    clock.forward(60_000);
    JobView later = watch.after(job(6).end(900).scan(), List.of());
    assertThat(words(sampler, later)).startsWith("The counter: not heard of for 60 s");
    assertThat(status(List.of(), later).at("/roles/1/words").asText())
        .startsWith("not heard of for 60 s");
  }

  @Test
  void aTrainerAtWorkWhoseReportsStayAwayIsNotSaidToBeBehind() throws Exception {
    atWork();
    clock.forward(60_000);
    JobView later = watch.after(job(6).end(90_000).scan(), List.of());

    JsonNode told = status(Jobs.roles(RUNNING, RUNNING, RUNNING), later);

    assertThat(told.at("/roles/2/words").asText()).isEqualTo("training, no report for 60 s");
    assertThat(told.at("/roles/2/tone").asText()).isEqualTo("wait");
  }

  @Test
  void whatMayNotBeReadIsNamed() throws Exception {
    JobView view =
        watch.after(new Jobs().end(5).unseen(TOPICS.metrics(), Unseen.FORBIDDEN).scan(), List.of());

    JsonNode told = status(Jobs.roles(RUNNING), watch.without(view, "timed out", List.of()));

    assertThat(told.at("/missing/0").asText()).contains("may not read 'fraud.metrics'");
    assertThat(told.at("/cluster/trouble").asText()).isEqualTo("timed out");
    assertThat(told.at("/cluster/answered_ms").asLong()).isEqualTo(NOON);
  }

  @Test
  void ofAThousandClassesTheCommonestAndTheRarestSeenAreShownAndItIsSaid() throws Exception {
    long[] counts = LongStream.range(0, 1000).map(c -> c < 400 ? 0 : c).toArray();
    JobView view = watch.after(new Jobs().weights(NOON, counts).end(1).scan(), List.of());

    JsonNode told = status(List.of(), view);

    assertThat(told.at("/classes/rows").size()).isEqualTo(16);
    assertThat(told.at("/classes/rows/0/class").asText()).isEqualTo("c999");
    assertThat(told.at("/classes/rows/15/class").asText()).isEqualTo("c400");
    assertThat(told.at("/classes/note").asText())
        .isEqualTo(
            "The 8 most common and the 8 rarest of 1,000 classes; 400 have not been seen yet.");
    assertThat(told.at("/points/recall").size()).isEqualTo(16);
  }

  @Test
  void historyIsBounded() {
    JobView view = JobView.NOTHING_YET;
    for (int i = 0; i < JobWatch.MAX_POINTS + 50; i++) {
      clock.forward(1000);
      view = watch.after(new Jobs().end(i).scan(), List.of());
    }
    assertThat(view.points()).hasSize(JobWatch.MAX_POINTS);
    assertThat(view.points().get(0).sequence()).isEqualTo(50);
  }

  @Test
  void aRecordThatCannotBeReadLeavesWhatWasKnown() throws Exception {
    atWork();
    JobView view =
        watch.after(job(5).put(TOPICS.metrics(), NOON, new byte[] {'{'}).scan(), List.of());
    assertThat(status(List.of(), view).at("/figures/loss").asDouble()).isEqualTo(0.25);
  }

  /** Six looks, a second apart: 100 events come in each, and the trainer is two seconds behind. */
  private JobView atWork() {
    JobView view = watch.after(job(0).scan(), List.of());
    for (int s = 1; s <= 6; s++) {
      clock.forward(1000);
      view = watch.after(job(s).scan(), List.of());
    }
    return view;
  }

  private static Jobs job(int second) {
    long now = NOON + second * 1000L;
    Jobs job = Jobs.look(second).end(second * 100L).weights(now, 0, second, second * 99L);
    job.sampled(Math.max(0, second - 1) * 100L);
    if (second >= 2) {
      job.report(
          now,
          (second - 2) * 100L,
          second * 10L,
          """
          "loss":0.25,"window":{"gmean":0.9,"recall":{"c1":0.75,"c2":0.99}},"evaluated":{"c1":4},
          "drawn":{"c0":0,"c1":%d,"c2":%d},"uses":{"c1":64,"c2":1.5}
          """
              .formatted(second * 30, second * 70));
    }
    return job.checkpoint(NOON, 40).deadLetters(NOON, 3, "unknown_label");
  }

  private String words(List<RoleView> roles, JobView view) throws Exception {
    return status(roles, view).at("/headline/words").asText();
  }

  private JsonNode status(List<RoleView> roles, JobView view) throws Exception {
    return json(StatusJson.of(List.of("fraud"), TOPICS, roles, view, 0, clock.millis()));
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }
}
