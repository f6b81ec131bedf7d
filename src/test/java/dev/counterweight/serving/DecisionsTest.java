package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DecisionsTest {
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final double[] RAW = {0.2, 0.3, 0.5};
  private static final double[] SERVED = {0.9, 0.06, 0.04};
  private static final double[] WEIGHTS = {0.4, 8, 10};

  @Test
  void eachRuleDecidesByWhatItIsNamedAfter() {
    // Odds: 0.36, 0.48 and 0.40.
    assertThat(decisions(new DecisionConfig.Balanced()).of(RAW, SERVED, WEIGHTS)).isEqualTo(1);
    assertThat(decisions(new DecisionConfig.Scores()).of(RAW, SERVED, WEIGHTS)).isEqualTo(2);
    assertThat(decisions(new DecisionConfig.Calibrated()).of(RAW, SERVED, WEIGHTS)).isZero();
  }

  @Test
  void aClassWithoutWeightIsNeverDecidedFor() {
    double[] none = {0, 0, 1};
    double[] served = {0.7, 0.3, 0};

    assertThat(decisions(new DecisionConfig.Balanced()).of(RAW, served, none)).isEqualTo(2);
    assertThat(below("ok").of(RAW, new double[] {0.2, 0.8, 0}, none)).isEqualTo(2);
    // Below its threshold, and nothing else is there to be decided for.
    assertThat(below("fraud").of(RAW, served, none)).isZero();
  }

  @Test
  void ofEqualScoresTheFirstDecides() {
    double[] equal = {0.2, 0.4, 0.4};

    assertThat(decisions(new DecisionConfig.Scores()).of(equal, SERVED, WEIGHTS)).isEqualTo(1);
    assertThat(decisions(new DecisionConfig.Calibrated()).of(RAW, equal, WEIGHTS)).isEqualTo(1);
    assertThat(
            decisions(new DecisionConfig.Balanced()).of(RAW, equal, new double[] {1, 0.75, 0.75}))
        .isEqualTo(1);
  }

  @Test
  void costsDecideForTheLeastExpectedCost() {
    // Missing fraud costs 30, looking in vain 1.
    List<Double> costs = List.of(0d, 1d, 1d, 5d, 0d, 5d, 30d, 30d, 0d);
    Decisions decisions = decisions(new DecisionConfig.Costs(costs));

    assertThat(decisions.of(RAW, SERVED, WEIGHTS)).isEqualTo(2);
    assertThat(decisions.of(RAW, new double[] {0.99, 0, 0.01}, WEIGHTS)).isZero();
  }

  @Test
  void aTargetMovesTheThresholdToWhereItWasMetBefore() {
    Decisions decisions =
        decisions(new DecisionConfig.Target("fraud", DecisionConfig.Measure.RECALL, 0.9));
    SplittableRandom random = new SplittableRandom(1);
    int found = 0;
    int rows = 0;
    for (int i = 0; i < 20_000; i++) {
      boolean fraud = random.nextInt(20) == 0;
      double p = fraud ? random.nextDouble() : random.nextDouble() * 0.2;
      double[] served = {1 - p, 0, p};
      if (fraud && i > 10_000) {
        rows++;
        found += decisions.of(RAW, served, WEIGHTS) == 2 ? 1 : 0;
      }
      decisions.learn(fraud ? 2 : 0, 1, served);
      if (i % 64 == 0) {
        decisions.refresh();
      }
    }

    assertThat((double) found / rows).isBetween(0.85, 0.95);
    assertThat(decisions.threshold()).isBetween(0.05, 0.15);
  }

  @Test
  void belowTheThresholdTheOthersAreBalanced() {
    assertThat(below("fraud").of(RAW, SERVED, WEIGHTS)).isEqualTo(1);
    assertThat(below("fraud").of(RAW, SERVED, new double[] {0.6, 8, 10})).isZero();
  }

  @Test
  void whereNoWeightsWereToldTheOwnScoresDecideAsTheyDidThen() {
    double[] untold = {};

    assertThat(decisions(new DecisionConfig.Balanced()).of(RAW, SERVED, untold)).isEqualTo(2);
    assertThat(below("fraud").of(RAW, SERVED, untold)).isEqualTo(1);
  }

  @Test
  void theThresholdComesBackFromTheState() {
    DecisionConfig rule = new DecisionConfig.Target("ok", DecisionConfig.Measure.RECALL, 0.5);
    Decisions first = decisions(rule);
    first.learn(0, 1, SERVED);
    first.refresh();
    Decisions second = decisions(rule);
    second.restore(first.state());

    assertThat(second.threshold()).isEqualTo(first.threshold()).isNotEqualTo(0.5);
    second.restore(new TreeMap<>());
  }

  @Test
  void anotherClassDoesNotTakeOverTheThresholdOfTheOneBefore() {
    Decisions before =
        decisions(new DecisionConfig.Target("ok", DecisionConfig.Measure.RECALL, 0.5));
    before.learn(0, 1, SERVED);
    before.refresh();
    Decisions after =
        decisions(new DecisionConfig.Target("fraud", DecisionConfig.Measure.RECALL, 0.5));
    after.restore(before.state());

    assertThat(after.threshold()).isEqualTo(0.5).isNotEqualTo(before.threshold());
  }

  /** By a class whose threshold is higher than what it is served here. */
  private static Decisions below(String name) {
    return decisions(new DecisionConfig.Target(name, DecisionConfig.Measure.PRECISION, 0.9));
  }

  private static Decisions decisions(DecisionConfig rule) {
    return new Decisions(rule, CLASSES);
  }
}
