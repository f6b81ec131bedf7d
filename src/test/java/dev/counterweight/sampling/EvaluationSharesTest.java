package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.protocol.InvariantException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;

class EvaluationSharesTest {

  @Property(tries = 500)
  void budgetIsSpentExactlyAndWeightsAreBounded(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 1000) int classes,
      @ForAll @Scale(4) @DoubleRange(min = 1e-4, max = 1) double share) {
    double[] priors = UsesTest.priors(new Random(seed), classes);

    double[] shares = EvaluationShares.of(priors, share);

    double spent = 0;
    for (int c = 0; c < classes; c++) {
      spent += priors[c] * shares[c];
      assertThat(shares[c]).isBetween(share / 2, 1 + 1e-12);
    }
    assertThat(spent).isCloseTo(share, within(1e-9));
  }

  @Property(tries = 200)
  void everyClassBelowItsCapGetsTheSameStratifiedRows(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.01, max = 0.9) double share) {
    double[] priors = UsesTest.priors(new Random(seed), 20);
    double[] shares = EvaluationShares.of(priors, share);
    double level = -1;
    for (int c = 0; c < 20; c++) {
      if (priors[c] > 0 && shares[c] < 1 - 1e-9) {
        double rows = priors[c] * (shares[c] - share / 2);
        level = level < 0 ? rows : level;
        assertThat(rows).isCloseTo(level, within(1e-12));
      }
    }
  }

  @Test
  void aShareOfOneEvaluatesEverything() {
    assertThat(EvaluationShares.of(new double[] {0.99, 0.01}, 1)).containsExactly(1, 1);
  }

  @Test
  void oneClassIsEvaluatedAtTheShareAndUnseenOnesWhole() {
    assertThat(EvaluationShares.of(new double[] {1, 0}, 0.1)).containsExactly(0.1, 1);
    assertThat(EvaluationShares.of(new double[] {0, 0}, 0.1)).containsExactly(1, 1);
  }

  @Test
  void weightOutsideOfOneToTwoOverTheShareEndsTheRole() {
    assertThatCode(() -> EvaluationShares.require(new double[] {0.05, 0.1, 1}, 0.1))
        .doesNotThrowAnyException();
    String line = "class 1: evaluation weights 1/e_c are at least 1 and at most 2/share:";
    for (double share : new double[] {0.04, 1.25, 0, Double.NaN}) {
      assertThatThrownBy(() -> EvaluationShares.require(new double[] {1, share}, 0.1))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(line + " expected 1 to 20.0, found " + 1 / share);
    }
  }
}
