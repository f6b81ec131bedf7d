package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.ServingConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointDescriptionTest {

  @Test
  void aTargetIsToldWithItsClassAndItsThreshold() {
    DecisionConfig rule = new DecisionConfig.Target("fraud", DecisionConfig.Measure.RECALL, 0.9);

    assertThat(CheckpointDescription.serving(new ServingConfig(false, rule, null), 0.1))
        .isEqualTo(
            new CheckpointManifest.Serving(false, "threshold", null, "fraud", 0.9, null, 0.1));
  }

  @Test
  void costsAreTold() {
    List<Double> costs = List.of(0d, 1d, 30d, 0d);
    DecisionConfig rule = new DecisionConfig.Costs(costs);

    assertThat(CheckpointDescription.serving(new ServingConfig(true, rule, null), null).costs())
        .isEqualTo(costs);
  }
}
