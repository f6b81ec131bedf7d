package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.SortedMap;
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

  @Test
  void followsAStreamThatChangesWithinAThousandRows() {
    Calibrator calibrator = new Calibrator(2);
    SplittableRandom random = new SplittableRandom(5);
    double[] served = {0.9, 0.1};
    double[] q = new double[2];
    for (int row = 0; row < 50_000; row++) {
      calibrator.learn(served, random.nextDouble() < 0.1 ? 1 : 0, 1);
    }
    for (int row = 0; row < 1000; row++) {
      calibrator.learn(served, random.nextDouble() < 0.4 ? 1 : 0, 1);
    }
    calibrator.apply(served, q);
    assertThat(q[1]).isCloseTo(0.4, within(0.05));
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
  void aClassThatComesLateBeginsWithTheOddsThatTheModelGivesIt() {
    float[] before = {0.5f, 40, 0};
    float[] after = {0.5f, 40, 4000};
    Calibrator calibrator = settled(before);
    calibrator.observe(after);
    double temperature = calibrator.temperature();
    assertThat(temperature).isLessThan(0.8);

    // A model that holds the newcomer for as likely as the rarest class before, among balanced
    // classes: what is served weighs the same for both.
    double[] served = divided(new double[] {0.2, 0.4, 0.4}, after);
    calibrator.apply(served, served);

    assertThat(served[2] * after[2]).isCloseTo(served[1] * after[1], within(1e-9));
    assertThat(calibrator.biases(after)).containsExactly(settled(before).biases(after));
  }

  @Test
  void aClassThereFromTheStartIsNoNewcomer() {
    Calibrator told = settled(new float[] {0.5f, 40, 0});
    Calibrator notTold = settled(new float[] {0.5f, 40, 0});

    told.observe(new float[] {0.5f, 90, 0});

    assertThat(told.biases(new float[] {0.5f, 70, 0}))
        .containsExactly(notTold.biases(new float[] {0.5f, 20, 0}));
  }

  @Test
  void aNewcomerIsOneOfManyOnceEnoughOfItWasSeen() {
    float[] weights = {0.5f, 40, 4000};
    Calibrator calibrator = settled(new float[] {0.5f, 40, 0});
    calibrator.observe(weights);
    double[] row = divided(new double[] {0.1, 0.2, 0.7}, weights);
    for (int i = 0; i < 201; i++) {
      calibrator.learn(row, 2, 1);
    }

    assertThat(calibrator.biases(weights))
        .containsExactly(calibrator.biases(new float[] {0.5f, 40, 400}));
  }

  @Test
  void aNewcomerIsStillOneAfterARestart() {
    float[] weights = {0.5f, 40, 4000};
    Calibrator calibrator = settled(new float[] {0.5f, 40, 0});
    calibrator.observe(weights);
    calibrator.learn(divided(new double[] {0.1, 0.2, 0.7}, weights), 2, 1);
    Calibrator restored = new Calibrator(3);

    restored.restore(calibrator.state());
    restored.observe(weights);

    assertThat(restored.biases(weights)).containsExactly(calibrator.biases(weights));
  }

  @Test
  void aStateFromBeforeThereWereNewcomersIsThatOfClassesLongMet() {
    Calibrator calibrator = settled(new float[] {0.5f, 40, 0});
    SortedMap<String, Tensor> before = calibrator.state();
    before.remove("calibrator.newness");
    Calibrator restored = new Calibrator(3);

    restored.restore(before);
    float[] met = {0.5f, 40, 4000};
    double[] biases = calibrator.biases(met);

    assertThat(restored.biases(met)).containsExactly(biases);
    assertThat(biases[2]).isNotZero();
  }

  @Test
  void whatNoNewnessCanBeIsRefused() {
    Calibrator calibrator = new Calibrator(1);
    SortedMap<String, Tensor> state = calibrator.state();
    state.put("calibrator.newness", new Tensor.F64(new double[] {1.5}, 1));

    assertThatThrownBy(() -> calibrator.restore(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("calibrator.newness")
        .hasMessageContaining("1.5");
  }

  /** Has seen 20,000 rows of an overconfident model of two classes. */
  private static Calibrator settled(float[] weights) {
    Calibrator calibrator = new Calibrator(weights.length);
    calibrator.observe(weights);
    SplittableRandom random = new SplittableRandom(1);
    for (int row = 0; row < 20_000; row++) {
      double logit = 4 * random.nextDouble() - 5;
      int label = random.nextDouble() < sigmoid(logit) ? 1 : 0;
      double p = sigmoid(3 * logit);
      calibrator.learn(new double[] {1 - p, p, 0}, label, 1);
    }
    return calibrator;
  }

  private static double[] divided(double[] taught, float[] weights) {
    double sum = 0;
    for (int c = 0; c < taught.length; c++) {
      taught[c] /= weights[c];
      sum += taught[c];
    }
    for (int c = 0; c < taught.length; c++) {
      taught[c] /= sum;
    }
    return taught;
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
