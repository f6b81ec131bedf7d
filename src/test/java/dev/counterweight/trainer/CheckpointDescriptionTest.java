package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.ServingConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckpointDescriptionTest {
  private static final Map<String, Double> WEIGHTS = Map.of("ok", 0.6, "fraud", 5.0);

  @Test
  void aTargetIsToldWithItsClassAndItsThreshold() {
    DecisionConfig rule = new DecisionConfig.Target("fraud", DecisionConfig.Measure.RECALL, 0.9);

    assertThat(CheckpointDescription.serving(new ServingConfig(false, rule, null), 0.1, WEIGHTS))
        .isEqualTo(
            new CheckpointManifest.Serving(
                false, "threshold", null, "fraud", 0.9, null, 0.1, WEIGHTS));
  }

  @Test
  void costsAreTold() {
    List<Double> costs = List.of(0d, 1d, 30d, 0d);
    DecisionConfig rule = new DecisionConfig.Costs(costs);

    assertThat(serving(rule).costs()).isEqualTo(costs);
    assertThat(serving(rule).decisionWeights()).isNull();
  }

  @Test
  void weightsOfDecisionsAreToldWhereTheRuleGoesByThem() {
    assertThat(serving(new DecisionConfig.Balanced()))
        .isEqualTo(
            new CheckpointManifest.Serving(
                true, "argmax-balanced", null, null, null, null, null, WEIGHTS));
    assertThat(serving(new DecisionConfig.Scores()))
        .isEqualTo(
            new CheckpointManifest.Serving(
                true, "argmax-scores", null, null, null, null, null, null));
    assertThat(serving(new DecisionConfig.Calibrated()))
        .isEqualTo(
            new CheckpointManifest.Serving(
                true, "argmax-calibrated", null, null, null, null, null, null));
  }

  private static CheckpointManifest.Serving serving(DecisionConfig rule) {
    return CheckpointDescription.serving(new ServingConfig(true, rule, null), null, WEIGHTS);
  }
}
