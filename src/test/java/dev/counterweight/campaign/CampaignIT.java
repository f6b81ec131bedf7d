package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A few schedules of faults against three brokers and two processes of each role. {@code
 * -Dcampaign.seed=N} runs that one alone; many are run by {@code Campaign}.
 */
@Timeout(600)
@SuppressWarnings("NullAway.Init") // set by start
class CampaignIT {
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

  static List<Schedule> schedules() {
    Long seed = Long.getLong("campaign.seed");
    return seed == null
        ? List.of(new Schedule(0, true, List.of()), Schedule.of(-1))
        : List.of(Schedule.of(seed));
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void nothingIsLostAndNothingTwice(Schedule schedule) throws Exception {
    System.out.println(schedule);
    Outcome outcome = Run.of(schedule, cluster, "c" + schedule.seed());
    System.out.println(outcome);
    assertThat(outcome.violations()).as(schedule.toString()).isEmpty();
  }
}
