package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateControllerTest {
  private static final double MOST = 4;

  private final Reported reported = new Reported();
  private long nowMs;

  @Test
  void trainerThatKeepsUpGetsTheMostDraws() {
    Simulation simulation = new Simulation(1_000, 50_000);
    simulation.run(120);
    assertThat(simulation.draws).allMatch(draws -> draws == MOST);
  }

  @Property(tries = 60)
  void drawsSettleAtTheTrainersCapacityWithoutOscillation(
      @ForAll @DoubleRange(min = 0.3, max = 3.5) double ratio,
      @ForAll @DoubleRange(min = 2, max = 5.3) double magnitude) {
    double events = Math.pow(10, magnitude);
    Simulation simulation = new Simulation(events, ratio * events);
    simulation.run(250);
    assertSettled(simulation, 180, ratio);
    assertThat(simulation.turns(0.05)).as("down, and up to where it stays").isLessThan(2);
    assertThat(simulation.worstLag)
        .as("the lag is bounded while draws fall")
        .isLessThan(Math.max(1.2 * simulation.target(), 20 * events));
  }

  @Test
  void slowerTrainerIsFollowedDownAndAFasterOneUp() {
    Simulation simulation = new Simulation(10_000, 20_000);
    simulation.run(120);
    assertSettled(simulation, 60, 2);
    simulation.capacity = 5_000;
    simulation.run(120);
    assertSettled(simulation, 180, 0.5);
    simulation.capacity = 30_000;
    simulation.run(120);
    assertSettled(simulation, 300, 3);
    simulation.events = 2_000;
    simulation.run(90);
    assertThat(simulation.draws.get(simulation.draws.size() - 1)).isEqualTo(MOST);
    assertThat(simulation.turns(0.05)).as("one turn a change, at most an overshoot").isLessThan(7);
  }

  @Test
  void noisyRatesDoNotSwingTheDraws() {
    Simulation simulation = new Simulation(10_000, 10_000);
    simulation.noise = new Random(5);
    simulation.run(600);
    List<Double> settled = simulation.draws.subList(200, 600);
    assertThat(settled).allSatisfy(draws -> assertThat(draws).isBetween(0.6, 1.6));
    double mean = settled.stream().mapToDouble(d -> d).average().orElseThrow();
    assertThat(mean).isCloseTo(1, within(0.1));
  }

  @Test
  void drawsNeverFallBelowTheLeast() {
    Simulation simulation = new Simulation(10_000, 100);
    simulation.control.between(0.25, 4);
    simulation.run(60);
    assertThat(simulation.draws.get(59)).isEqualTo(0.25);
    simulation.control.between(0.5, 4);
    assertThat(simulation.control.draws()).isEqualTo(0.5);
    simulation.control.between(9, 4);
    assertThat(simulation.control.draws()).isEqualTo(MOST);
  }

  @Test
  void drawsFallAtOnceWithTheMostAndRiseAgainAsTheTrainerAllows() {
    Simulation simulation = new Simulation(10_000, 1e9);
    simulation.run(60);
    simulation.control.between(0.1, 1.5);
    assertThat(simulation.control.draws()).isEqualTo(1.5);
    simulation.run(60);
    assertThat(simulation.control.draws()).isEqualTo(1.5);
    simulation.control.between(0.1, 3);
    assertThat(simulation.control.draws()).isEqualTo(1.5);
    simulation.run(60);
    assertThat(simulation.control.draws()).isEqualTo(3);
  }

  @Test
  void drawsThatFollowNobodyAreTheMost() {
    RateController control = new RateController(4, true, 1, 1, null);
    control.between(0.5, 1.5);
    assertThat(control.draws()).isEqualTo(1.5);
    control.between(0.5, 3);
    assertThat(control.draws()).isEqualTo(3);
  }

  @Test
  void trainerThatStandsStillBringsThemDownAndItsReturnUp() {
    Simulation simulation = new Simulation(1_000, 50_000);
    simulation.run(30);
    simulation.capacity = 0;
    simulation.run(60);
    assertThat(simulation.draws.get(89)).isLessThan(0.02);
    simulation.capacity = 50_000;
    simulation.run(90);
    assertThat(simulation.draws.get(179)).isEqualTo(MOST);
  }

  @Test
  void observationsOfAnotherLifeStartAnew() {
    RateController control = following(1000);
    control.observe(1000, 50_000, 0);
    control.observe(2000, 51_000, 0);
    double before = control.draws();
    control.observe(3000, 10_000, 41_000);
    assertThat(control.draws()).isEqualTo(before);
    control.observe(3000, 10_000, 41_000);
    control.observe(2500, 10_000, 41_000);
    assertThat(control.draws()).isEqualTo(before);
    control.observe(3500, 10_100, 45_000);
    assertThat(control.draws()).isLessThan(before);
  }

  @Test
  void reportsThatStayAwayLeaveTheDrawsAsTheyAre() {
    RateController control = control(1_000_000);
    for (int s = 0; s < 10; s++) {
      told(control, 1000 * s, 100);
    }
    assertThat(control.draws()).isEqualTo(MOST);

    for (int s = 0; s < 300; s++) {
      nowMs += 1000;
      reported.lag += 1000;
      control.follow(nowMs);
    }

    assertThat(control.draws()).isEqualTo(MOST);
    assertThat(control.lead()).isEqualTo(300_100);
  }

  @Test
  void reportsOfATrainerThatFallsBehindLowerThem() {
    RateController control = control(1_000_000);
    for (int s = 0; s < 60; s++) {
      told(control, 100 * s, 1000 * s);
    }

    assertThat(control.draws()).isLessThan(MOST / 4);
  }

  @Test
  void theLargestLeadHoldsWithoutReportsToo() {
    RateController control = control(20_000);
    told(control, 1000, 100);

    for (int s = 0; s < 30; s++) {
      nowMs += 1000;
      reported.lag += 1000;
      control.follow(nowMs);
    }

    assertThat(control.waiting()).isTrue();
  }

  private static void assertSettled(Simulation simulation, int from, double wanted) {
    for (double draws : simulation.draws.subList(from, simulation.draws.size())) {
      assertThat(draws).isCloseTo(wanted, within(0.1 * wanted));
    }
  }

  private void told(RateController control, double trained, double lag) {
    nowMs += 1000;
    reported.fresh = true;
    reported.trained = trained;
    reported.lag = lag;
    control.follow(nowMs);
  }

  private RateController control(long maxLead) {
    return new RateController(MOST, true, 4 * 64, maxLead, reported);
  }

  private static RateController following(double target) {
    return new RateController(MOST, true, target, Long.MAX_VALUE, new Reported());
  }

  /** What the test last said. */
  private static final class Reported implements RateController.Reports {
    private boolean fresh;
    private double trained;
    private double lag;

    @Override
    public boolean read() {
      boolean news = fresh;
      fresh = false;
      return news;
    }

    @Override
    public RateController.Standing standing() {
      return new RateController.Standing(trained, lag);
    }
  }

  /** A stream of so many events a second, and a trainer that can do so many rows a second. */
  private static final class Simulation {
    private static final double TICK_S = 0.1;
    private static final double MIN_TARGET = 1024;

    final RateController control = following(MIN_TARGET);
    final List<Double> draws = new ArrayList<>();
    double events;
    double capacity;
    @Nullable Random noise;
    double worstLag;
    private double written;
    private double trained;
    private long timeMs;

    Simulation(double events, double capacity) {
      this.events = events;
      this.capacity = capacity;
    }

    double target() {
      return Math.max(MIN_TARGET, 2 * capacity);
    }

    void run(int seconds) {
      for (int tick = 0; tick < seconds / TICK_S; tick++) {
        written += events * control.draws() * TICK_S * factor();
        trained = Math.min(written, trained + capacity * TICK_S * factor());
        worstLag = Math.max(worstLag, written - trained);
        timeMs += Math.round(1000 * TICK_S);
        if (timeMs % 1000 == 0) {
          control.observe(timeMs, trained, written - trained);
          draws.add(control.draws());
        }
      }
    }

    private double factor() {
      return noise == null ? 1 : 2 * noise.nextDouble();
    }

    /** How often the course turns after having moved by this share of itself. */
    int turns(double share) {
      int turns = 0;
      double extreme = draws.get(0);
      int direction = 0;
      for (double value : draws) {
        if (direction >= 0 && value < extreme * (1 - share)) {
          turns += direction > 0 ? 1 : 0;
          direction = -1;
          extreme = value;
        } else if (direction <= 0 && value > extreme * (1 + share)) {
          turns += direction < 0 ? 1 : 0;
          direction = 1;
          extreme = value;
        } else if (direction > 0 ? value > extreme : value < extreme) {
          extreme = value;
        }
      }
      return turns;
    }
  }
}
