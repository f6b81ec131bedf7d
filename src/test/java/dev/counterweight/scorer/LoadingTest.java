package dev.counterweight.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.ScorerConfig.Follow;
import dev.counterweight.kafka.Ticker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingTest {
  @Test
  void thePageNamesTheCheckpointThatAnswersAndTheOneHeldBack() throws IOException {
    FollowerMeters meters = new FollowerMeters(new SimpleMeterRegistry(), "fraud", models);
    OwnScores own = new OwnScores();
    assertThat(ScorerPage.of(own, Double.NaN, models, meters))
        .isEqualTo("{\"scored\":0,\"refused\":0,\"ordered\":false,\"superseded_seconds\":0.0}");
    Following following = new Following(Follow.NEWEST, made.reader());
    following.announced(made.announce(3));
    loading.look(following);
    own.take(new TopicPartition("events", 0), 0, OwnScores.Outcome.SCORED);
    meters.decided(
        new Following.HeldBack(new Announcement.Ref("step-9", "0".repeat(64)), List.of("log loss")),
        true);

    assertThat(models.writtenMs()).isPositive();
    assertThat(ScorerPage.of(own, 2, models, meters))
        .startsWith("{\"scored\":1,\"refused\":0,\"lag\":2,\"step\":3,\"checkpoint\":\"")
        .contains("\"written_ms\":" + models.writtenMs())
        .contains("\"checkpoint\":\"step-9\"", "\"worse\":[\"log loss\"]", "\"ordered\":true");
  }

  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Models models = new Models();
  private final NativeModels natives = new NativeModels();
  private MadeCheckpoints made;
  private Loading loading;

  @BeforeEach
  void make() {
    made = new MadeCheckpoints(folder, "fraud");
    loading =
        new Loading(
            MadeCheckpoints.EVENTS.schema(),
            made.reader(),
            natives::of,
            models,
            new Freshness(),
            new FollowerMeters(registry, "fraud", models),
            Clock.systemUTC(),
            new Ticker(nanos::get));
  }

  private long step() {
    return Objects.requireNonNull(models.current()).id().step();
  }

  private double failed() {
    return registry.get("counterweight.scorer.loads.failed").counter().count();
  }

  private void pass(long seconds) {
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void aModelWaitsForTheMemoryOfThoseBeforeItAndThatIsNoFailure() throws IOException {
    Following following = new Following(Follow.NEWEST, made.reader());
    for (int step = 1; step <= 5; step++) {
      following.announced(made.announce(step));
      loading.look(following);
      pass(5);
    }
    assertThat(step()).as("two wait to be closed").isEqualTo(4);
    assertThat(natives.closed()).isEmpty();
    loading.look(following);
    assertThat(failed()).isZero();
    assertThat(loading.stale(5_000)).as("it is not hidden either").isPresent();

    pass(17);
    loading.look(following);

    assertThat(natives.closed()).containsExactly(1L);
    assertThat(step()).as("at once, without a pause").isEqualTo(5);
    assertThat(failed()).isZero();
    assertThat(loading.stale(0)).isEmpty();
  }
}
