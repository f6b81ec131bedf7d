package dev.counterweight.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * New schedules each time: {@code -Dsimulation.seed=…} repeats those of a run, {@code
 * -Dsimulation.schedules=N} has so many however long they take, and {@code -Dsimulation.tell=true}
 * says what happens.
 */
class SimulationTest {
  private static final long SEED = Long.getLong("simulation.seed", System.currentTimeMillis());
  private static final int SCHEDULES = Integer.getInteger("simulation.schedules", 0);
  private static final boolean TELL = Boolean.getBoolean("simulation.tell");
  private static final int MOST = 3_000;
  private static final long MOST_NS = TimeUnit.SECONDS.toNanos(25);
  private static final int FOUND_WITHIN = 20;

  @TempDir Path folder;

  @Test
  void nothingIsLostAndNothingIsTwiceWhateverGoesWrong() {
    List<String> violated = new ArrayList<>();
    long startNs = System.nanoTime();
    int schedules = 0;
    try (Quiet quiet = new Quiet()) {
      while (violated.size() < 3 && goOn(schedules, System.nanoTime() - startNs)) {
        Run.Outcome outcome = Run.of(Schedule.of(SEED + schedules++), Sabotage.NONE, TELL, folder);
        outcome.told().forEach(System.out::println);
        if (!outcome.violations().isEmpty()) {
          violated.add(least(outcome.schedule()) + ": " + outcome.violations());
        }
      }
    }
    System.out.printf(
        "-Dsimulation.seed=%d: %d schedules in %d s%n",
        SEED, schedules, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs));
    assertThat(violated).as("-Dsimulation.seed=%d", SEED).isEmpty();
  }

  private Schedule least(Schedule failed) {
    return Shrink.of(failed, tried -> !Run.of(tried, folder).violations().isEmpty());
  }

  private static boolean goOn(int schedules, long ns) {
    return SCHEDULES > 0 ? schedules < SCHEDULES : schedules < MOST && ns < MOST_NS;
  }

  @Test
  void theSameSeedIsTheSameRunByteForByte() {
    try (Quiet quiet = new Quiet()) {
      for (long seed = 1; seed <= 5; seed++) {
        Run.Outcome once = Run.of(Schedule.of(seed), Sabotage.NONE, true, folder);
        Run.Outcome again = Run.of(Schedule.of(seed), Sabotage.NONE, true, folder);
        assertThat(again).isEqualTo(once);
        assertThat(again.told()).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
  void aGuaranteeBrokenOnPurposeIsMissedWithinAFewSchedules(Sabotage sabotage) {
    int schedules = 0;
    boolean found = false;
    try (Quiet quiet = new Quiet()) {
      for (long seed = 1; !found && schedules < FOUND_WITHIN; seed++) {
        Schedule schedule = Schedule.of(seed);
        if (schedule.has(sabotage.role())) {
          schedules++;
          found = !Run.of(schedule, sabotage, false, folder).violations().isEmpty();
        }
      }
    }
    System.out.println(sabotage + ": found by schedule " + schedules);
    assertThat(found).isTrue();
  }
}
