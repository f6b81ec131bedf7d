package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.trainer.TrainerSettings;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimizerTest {
  private static final Layers GOLDEN_LAYERS = new Layers(List.of(6, 8, 3));

  @TestFactory
  Stream<DynamicTest> fortyStepsFollowPyTorch() throws IOException {
    JsonNode golden = GoldenFile.read("training.json");
    return StreamSupport.stream(golden.get("runs").spliterator(), false)
        .map(
            run ->
                DynamicTest.dynamicTest(
                    run.get("optimizer").asText(), () -> assertFollows(golden, run)));
  }

  private static void assertFollows(JsonNode golden, JsonNode run) {
    float[] classWeights = GoldenFile.floats(golden.get("class_weight"));
    try (Learner learner =
        new Learner(settings(run.get("optimizer").asText()), Numbers.of(6), 3, 1)) {
      learner
          .check(
              GOLDEN_LAYERS.layout().named(GoldenFile.floats(golden.get("init")), "", ""),
              learner.optimizer(),
              learner.state())
          .run();
      for (int s = 0; s < 40; s++) {
        float expected = (float) run.get("losses").get(s).asDouble();
        float[] x = GoldenFile.floats(golden.get("features").get(s));
        long[] labels = GoldenFile.longs(golden.get("labels").get(s));
        float[] rowWeights = new float[labels.length];
        for (int i = 0; i < labels.length; i++) {
          rowWeights[i] = classWeights[(int) labels[i]];
        }

        StepResult step = learner.step(x, labels, rowWeights, 0, labels.length);

        assertThat((float) step.loss())
            .as("loss of step %d", s)
            .isCloseTo(expected, within(1e-4f * expected + 1e-5f));
      }
      float[] actual = GOLDEN_LAYERS.layout().flat(new SafeTensors(learner.model()), "", "");
      float[] expected = GoldenFile.floats(run.get("final"));
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f * Math.abs(expected[i]) + 1e-5f));
      }
    }
  }

  private static TrainerConfig settings(String run) {
    Map<String, String> settings = new HashMap<>();
    settings.put("model.hidden", "8");
    settings.put("model.rates", "1");
    settings.put("model.average", "0");
    settings.put("model.quantiles", "0");
    settings.put("loss.reduction", "mean");
    settings.put("gradient.clip", "0");
    settings.put("device", TestDevice.NAME);
    settings.put("optimizer", run.replaceAll("-.*", ""));
    settings.put("learning.rate", run.startsWith("sgd") ? "0.05" : "0.01");
    if (run.startsWith("adam")) {
      settings.put("adam.beta1", "0.9");
    }
    settings.put("momentum", run.contains("-") ? "0.9" : "0");
    settings.put("nesterov", String.valueOf(run.equals("sgd-nesterov")));
    settings.put(
        "weight.decay", run.equals("sgd-nesterov") ? "0.001" : run.equals("adamw") ? "0.05" : "0");
    return TrainerSettings.of(settings);
  }

  @ParameterizedTest
  @CsvSource({"0.9, 0.999", "0.5, 0.99", "0, 0"})
  void adamAddsWeightDecayToTheGradientBeforeItsMoments(double beta1, double beta2) {
    OptimizerConfig config =
        TrainerSettings.of(
                Map.of(
                    "weight.decay",
                    "0.5",
                    "adam.beta1",
                    String.valueOf(beta1),
                    "adam.beta2",
                    String.valueOf(beta2)))
            .optimizer();
    double p = 2;
    double first = 0;
    double second = 0;
    try (NDManager manager = TestDevice.manager();
        Optimizer adam =
            new Optimizer(
                manager,
                StackedLayout.alone(new Layers(List.of(1, 1)).layout()),
                null,
                List.of(1.0),
                0,
                config)) {
      NDArray parameters = manager.create(new float[] {2, 2});
      for (int t = 1; t <= 5; t++) {
        double g = (t % 2 == 0 ? -3 : 1) + 0.5 * p;
        first = beta1 * first + (1 - beta1) * g;
        second = beta2 * second + (1 - beta2) * g * g;
        double root = Math.sqrt(second / (1 - Math.pow(beta2, t)));
        p -= 0.1 * first / (1 - Math.pow(beta1, t)) / (root + 1e-8);

        float raw = t % 2 == 0 ? -3 : 1;
        adam.update(parameters, manager.create(new float[] {raw, raw}), 0.1, 0, 0);

        assertThat(parameters.toFloatArray()[0]).isCloseTo((float) p, within(1e-5f));
      }
    }
  }

  @Test
  void momentsThatDecayToDenormalsAreSweptToZero() {
    try (NDManager manager = TestDevice.manager()) {
      NDArray moments = manager.create(new float[] {1e-40f, -1e-31f, 1e-20f, -1, 0});

      Optimizer.sweep(moments, 1e-30f);

      // Adding 0 makes the -0 that a negative moment leaves a plain 0.
      assertThat(moments.add(0).toFloatArray()).containsExactly(0, 0, 1e-20f, -1, 0);
    }
  }

  @Test
  void updatingTheFlatArrayUpdatesEveryLayer() {
    Layers layers = new Layers(List.of(1, 1));
    try (NDManager manager = TestDevice.manager();
        Network network =
            new Network(
                manager,
                layers,
                Candidates.ONE,
                HiddenActivation.of(ModelConfig.Activation.RELU),
                new Dropout(0, 1),
                0,
                List.of(new float[] {2, 3}));
        DirectFloats input = new DirectFloats();
        DirectFloats score = new DirectFloats()) {
      network.parameters().muli(10);
      input.floats(1, 1).put(5);

      score.floats(1, 1);
      network.forward(input, score, 1);

      assertThat(score.floats(1, 1).get(0)).isEqualTo(20 * 5 + 30);
    }
  }
}
