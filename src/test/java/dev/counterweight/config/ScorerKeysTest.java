package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.ScorerConfig.Follow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ScorerKeysTest {
  private static final SmallJob JOB =
      new SmallJob("events.label=outcome", "events.features=amount");

  @Test
  void theJobsEventsAreScoredByDefaultButOnlyIfAskedFor() {
    JobConfig job = JOB.load();
    assertThat(job.scorer())
        .isEqualTo(
            new ScorerConfig(
                job.events(),
                false,
                Follow.NEWEST,
                Duration.ofMinutes(10).toMillis(),
                0,
                Duration.ofDays(7).toMillis(),
                null,
                null));
    assertThat(job.topics().scores()).isEqualTo("fraud.scores");
    assertThat(job.topics().scoresRetentionMs()).isEqualTo(7L * 86_400_000);
  }

  @Test
  void anotherTopicIsOfTheFormOfTheEvents() {
    JobConfig job =
        JOB.load("scores.events.topic=orders", "events.format=csv", "scores.retention=2h");
    EventsConfig events = Objects.requireNonNull(job.scorer().events());
    assertThat(job.scorer().asked()).isTrue();
    assertThat(events).isEqualTo(job.events().on("orders"));
    assertThat(job.topics().scoresRetentionMs()).isEqualTo(7_200_000);
  }

  @Test
  void withLabelsApartTheUsersEventsAreScored() {
    ScorerConfig scorer =
        JOB.load(
                "events.label",
                "labels.topic=chargebacks",
                "labels.label=outcome",
                "labels.wait=7d",
                "labels.state.dir=/var/lib/joiner",
                "scores.state.dir=/var/lib/judge")
            .scorer();
    assertThat(Objects.requireNonNull(scorer.events()).topic()).isEqualTo("payments");
    assertThat(scorer.stateDir()).isEqualTo(Path.of("/var/lib/judge"));
  }

  @Test
  void requestsAloneAreAnsweredWithoutATopic() {
    ScorerConfig scorer =
        JOB.load("scores.events.topic=none", "scores.port=0", "scores.token=s3cret").scorer();
    assertThat(scorer.events()).isNull();
    assertThat(scorer.asked()).isTrue();
    assertThat(scorer.http())
        .isEqualTo(new ScoresHttpConfig("127.0.0.1", 0, null, "s3cret", 1 << 20, 10_000));
    assertThat(scorer.toString()).doesNotContain("s3cret");
    assertThat(JOB.problems("scores.events.topic=none"))
        .singleElement()
        .asString()
        .contains("scores.events.topic=none", "scores.port");
  }

  @Test
  void whichCheckpointsAreTakenIsNewestGuardedOrAStep() {
    assertThat(JOB.load("scores.follow=newest").scorer().follow()).isEqualTo(Follow.NEWEST);
    assertThat(JOB.load("scores.follow=guarded").scorer().follow()).isEqualTo(Follow.GUARDED);
    assertThat(JOB.load("scores.follow=1200").scorer().follow()).isEqualTo(Follow.of(1200));
    for (String text : List.of("oldest", "-1", "1e3", "")) {
      assertThat(JOB.problems("scores.follow=" + text)).as(text).hasSize(1);
    }
  }

  @Test
  void noTopicOfTheJobsOwnIsScored() {
    for (String own : List.of("fraud.scores", "fraud.batches", "fraud.scorer-x", "fraud.judge-x")) {
      assertThat(JOB.problems("scores.events.topic=" + own))
          .containsExactly(
              "scores.events.topic="
                  + own
                  + ": must not be a topic that job=fraud uses for itself");
      assertThat(JOB.load().topics().owns(own)).isTrue();
    }
  }

  @Test
  void certificateAndKeyGoTogetherAndWithAPort() {
    assertThat(
            Objects.requireNonNull(
                    JOB.load("scores.port=0", "scores.tls.certificate=c", "scores.tls.key=k")
                        .scorer()
                        .http())
                .tls())
        .isEqualTo(new ScoresHttpConfig.Tls(Path.of("c"), Path.of("k")));
    assertThat(JOB.problems("scores.port=0", "scores.tls.certificate=c.pem"))
        .containsExactly("scores.tls.certificate=c.pem: needs scores.tls.key with it");
    assertThat(JOB.problems("scores.port=0", "scores.tls.key=k.pem"))
        .containsExactly("scores.tls.key=k.pem: needs scores.tls.certificate with it");
  }

  @Test
  void aTokenWithoutAPortIsRefusedWithoutShowingIt() {
    assertThat(JOB.problems("scores.token=s3cret"))
        .containsExactly("scores.token=[hidden]: has no effect without scores.port: remove it");
  }
}
