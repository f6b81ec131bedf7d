package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A few schedules of faults against three brokers and two processes of each role. {@code
 * -Dcampaign.seed=N} runs that one alone, {@code -Dcampaign.seconds=N} new ones beside for as long;
 * many are run by {@code Campaign}.
 */
@Timeout(900)
@SuppressWarnings("NullAway.Init") // set by start
class CampaignIT {
  private static final Duration NEW_ONES = Duration.ofSeconds(Long.getLong("campaign.seconds", 0));

  @TempDir static Path folder;
  private static Cluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = Cluster.start(folder);
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  static Stream<Schedule> schedules() {
    Long seed = Long.getLong("campaign.seed");
    if (seed != null) {
      return Stream.of(Schedule.of(seed));
    }
    long endNs = System.nanoTime() + NEW_ONES.toNanos();
    return Stream.concat(
        Stream.of(WITHIN, APART).map(Schedule::parse),
        Stream.generate(() -> Schedule.of(ThreadLocalRandom.current().nextLong()))
            .takeWhile(schedule -> System.nanoTime() < endNs));
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void nothingIsLostAndNothingTwice(Schedule schedule) throws Exception {
    System.out.println(schedule);
    Outcome outcome = Run.of(schedule, cluster, "c" + Long.toHexString(schedule.seed()));
    System.out.println("recovered in ms: " + outcome.recoveredMs());
    assertThat(outcome.violations()).as(schedule.toString()).isEmpty();
  }

  private static final String WITHIN =
      """
      seed 1 labels-within
        2500 kill-broker 2 1700
        5000 kill counter-0 1000
        7000 checkpoint flipped 500
        9000 write aborted 20
        10000 write broken 200
      """;

  private static final String APART =
      """
      seed 2 labels-apart
        2000 kill joiner-0 1000
        4000 wire 1 answers-held 5000
        6000 write duplicates 20
        8000 kill sampler-1,scorer-0 1000
        10000 write aborted 20
      """;
}
