package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DriftMonitorTest {
  private static final int SLICE = 64;

  /** Each detector's checks may be wrong once in 500; a stream has six detectors. */
  @Test
  void aStationaryStreamRaisesFewerFalseAlarmsThanItsCheckAllows() {
    int alarms = 0;
    long checks = 0;
    for (int seed = 0; seed < 60; seed++) {
      DriftMonitor monitor = new DriftMonitor(3);
      SplittableRandom random = new SplittableRandom(seed);
      for (int slice = 0; slice < 400; slice++) {
        alarms += slice(monitor, random, new double[] {0.9, 0.08, 0.02}, 0.8).size();
      }
      checks += (400 * SLICE + 3 * 400 * SLICE) / Adwin.CHECK_EVERY;
    }

    assertThat(alarms).isLessThan((int) (Adwin.DELTA * checks));
    assertThat(alarms).as("in fact").isLessThanOrEqualTo(3);
  }

  @Test
  void aRecallThatFallsIsToldWithinTwoHundredRowsOfTheClass() {
    Adwin recall = new Adwin();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 3_000; i++) {
      assertThat(recall.add(random.nextDouble() < 0.9 ? 1 : 0)).isEmpty();
    }
    int rows = 0;
    Adwin.Change change = null;
    while (change == null && rows < 200) {
      change = recall.add(random.nextDouble() < 0.5 ? 1 : 0).orElse(null);
      rows++;
    }

    Adwin.Change told = Objects.requireNonNull(change, "no change told");
    assertThat(told.before()).isCloseTo(0.9, within(0.03));
    assertThat(told.after()).isLessThan(told.before() - 0.03);
  }

  @Test
  void onlyRecallThatFallsIsTold() {
    DriftMonitor monitor = new DriftMonitor(3);
    SplittableRandom random = new SplittableRandom(2);
    double[] priors = {0.5, 0.3, 0.2};
    List<Drift> rising = new ArrayList<>();
    for (int slice = 0; slice < 300; slice++) {
      rising.addAll(slice(monitor, random, priors, slice < 150 ? 0.3 : 0.9));
    }
    List<Drift> falling = new ArrayList<>();
    for (int slice = 0; slice < 20; slice++) {
      falling.addAll(slice(monitor, random, priors, 0.3));
    }

    assertThat(rising).isEmpty();
    assertThat(falling).extracting(Drift::of).contains(Drift.Of.RECALL);
    assertThat(falling).extracting(Drift::label).contains(0, 1, 2);
    assertThat(monitor.detected(Drift.Of.RECALL, 0)).isPositive();
  }

  @Test
  void aPriorThatMovesIsToldWithinAThousandRowsWhicheverWay() {
    DriftMonitor monitor = new DriftMonitor(3);
    SplittableRandom random = new SplittableRandom(3);
    for (int slice = 0; slice < 320; slice++) {
      assertThat(slice(monitor, random, new double[] {0.97, 0.02, 0.01}, 0.8)).isEmpty();
    }
    List<Drift> told = new ArrayList<>();
    for (int slice = 0; slice < 16; slice++) {
      told.addAll(slice(monitor, random, new double[] {0.88, 0.02, 0.10}, 0.8));
    }

    assertThat(told)
        .anySatisfy(
            drift -> {
              assertThat(drift.of()).isEqualTo(Drift.Of.PRIOR);
              assertThat(drift.label()).isEqualTo(2);
              assertThat(drift.before()).isCloseTo(0.01, within(0.01));
              assertThat(drift.after()).isGreaterThan(0.02);
            })
        .anySatisfy(drift -> assertThat(drift.label()).isZero());
  }

  @Test
  void weightsKeepAnUnevenlySampledPriorStill() {
    DriftMonitor monitor = new DriftMonitor(2);
    SplittableRandom random = new SplittableRandom(4);
    List<Drift> told = new ArrayList<>();
    for (int slice = 0; slice < 600; slice++) {
      // From the middle on ten times as many rare rows, each for a tenth as many events.
      boolean later = slice >= 300;
      for (int row = 0; row < SLICE; row++) {
        monitor.add(0, true, 1);
      }
      for (int row = 0; row < (later ? 10 : 1); row++) {
        monitor.add(1, random.nextBoolean(), later ? 0.1 : 1);
      }
      told.addAll(monitor.endSlice());
    }

    assertThat(told).filteredOn(drift -> drift.of() == Drift.Of.PRIOR).isEmpty();
  }

  @Test
  void aRestoredMonitorGoesOnAsIfThereHadBeenNoBreak() {
    DriftMonitor straight = new DriftMonitor(3);
    DriftMonitor first = new DriftMonitor(3);
    DriftMonitor second = new DriftMonitor(3);
    for (int slice = 0; slice < 200; slice++) {
      if (slice == 90) {
        second.restore(first.state());
      }
      double[] priors = slice < 100 ? new double[] {0.9, 0.05, 0.05} : new double[] {0.3, 0.4, 0.3};
      DriftMonitor other = slice < 90 ? first : second;
      assertThat(slice(other, new SplittableRandom(slice), priors, 0.7))
          .isEqualTo(slice(straight, new SplittableRandom(slice), priors, 0.7));
    }

    assertThat(straight.detected(Drift.Of.PRIOR, 0)).isPositive();
    assertThat(second.detected(Drift.Of.PRIOR, 0)).isEqualTo(straight.detected(Drift.Of.PRIOR, 0));
    assertThat(bytes(second)).isEqualTo(bytes(straight));
  }

  private static byte[] bytes(DriftMonitor monitor) {
    return new SafeTensors(monitor.state()).toBytes();
  }

  private static List<Drift> slice(
      DriftMonitor monitor, SplittableRandom random, double[] priors, double recall) {
    for (int row = 0; row < SLICE; row++) {
      double u = random.nextDouble();
      int label = u < priors[0] ? 0 : u < priors[0] + priors[1] ? 1 : 2;
      monitor.add(label, random.nextDouble() < recall, 1);
    }
    return monitor.endSlice();
  }
}
