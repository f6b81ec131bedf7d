package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.SafeTensors;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class CalibratorTest {

  @Test
  void startsAtTheIdentityAndKeepsAnImpossibleClassImpossible() {
    Calibrator calibrator = new Calibrator(3);
    double[] p = {0.7, 0.3, 0};
    calibrator.apply(p, p);
    assertThat(p[0]).isCloseTo(0.7, within(1e-12));
    assertThat(p[1]).isCloseTo(0.3, within(1e-12));
    assertThat(p[2]).isZero();
  }

  @Property(tries = 20)
  void lowersTheLogLossOfAMiscalibratedStream(
      @ForAll long seed, @ForAll @DoubleRange(min = 2, max = 4) double overconfidence) {
    SplittableRandom random = new SplittableRandom(seed);
    Calibrator calibrator = new Calibrator(2);
    double[] q = new double[2];
    double before = 0;
    double after = 0;
    for (int row = 0; row < 5000; row++) {
      double logit = 4 * random.nextDouble() - 4;
      int label = random.nextDouble() < sigmoid(logit) ? 1 : 0;
      double p = sigmoid(overconfidence * logit + 1);
      double[] served = {1 - p, p};
      calibrator.apply(served, q);
      before -= Math.log(served[label]);
      after -= Math.log(q[label]);
      calibrator.learn(served, label, 1);
    }
    assertThat(after).isLessThan(0.95 * before);
  }

  @Property(tries = 20)
  void harmsAHonestStreamOfARareClassByLittle(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Calibrator calibrator = new Calibrator(2);
    double[] q = new double[2];
    double before = 0;
    double after = 0;
    for (int row = 0; row < 5000; row++) {
      double p = 0.01 * random.nextDouble();
      int label = random.nextDouble() < p ? 1 : 0;
      double[] served = {1 - p, p};
      calibrator.apply(served, q);
      before -= Math.log(served[label]);
      after -= Math.log(q[label]);
      calibrator.learn(served, label, 1);
    }
    assertThat(after / 5000).isLessThan(before / 5000 + 0.005);
  }

  @Property(tries = 50)
  void neverGivesWhatIsNoProbability(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Calibrator calibrator = new Calibrator(3);
    double[] q = new double[3];
    for (int row = 0; row < 500; row++) {
      double extreme = StrictMath.exp(-800 * random.nextDouble());
      double[] served = random.nextBoolean() ? new double[] {1, 0, 0} : shared(extreme);
      calibrator.learn(served, random.nextInt(3), 1e6 * random.nextDouble() + 1e-9);
      calibrator.apply(served, q);
      assertThat(q[0] + q[1] + q[2]).isCloseTo(1, within(1e-9));
      assertThat(Math.min(q[0], Math.min(q[1], q[2]))).isNotNegative();
    }
  }

  @Test
  void restoredGoesOnAsIfNeverInterrupted() {
    Calibrator whole = new Calibrator(2);
    Calibrator second = new Calibrator(2);
    for (int row = 0; row < 100; row++) {
      if (row == 50) {
        second.restore(whole.state());
      }
      double p = (row % 9 + 1) / 10.0;
      whole.learn(new double[] {p, 1 - p}, row % 2, 1 + row % 3);
      if (row >= 50) {
        second.learn(new double[] {p, 1 - p}, row % 2, 1 + row % 3);
      }
    }
    assertThat(new SafeTensors(second.state()).toBytes())
        .isEqualTo(new SafeTensors(whole.state()).toBytes());
  }

  private static double[] shared(double small) {
    return new double[] {small, (1 - small) / 2, (1 - small) / 2};
  }

  private static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }
}
