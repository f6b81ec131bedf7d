package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.Python;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import dev.counterweight.trainer.TrainerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Modules that PyTorch for Python wrote. */
class ScriptedModelTest {
  private static final int ROWS = 16;

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws Exception {
    Python.runWith("torch", "src/test/python/scripted.py", folder.toString());
  }

  @Test
  void aModuleOfOneLayoutTrainsAsTheNetworkOfThatLayoutDoes() {
    try (Learner scripted = scripted("plain");
        Learner network =
            new Learner(
                settings(Map.of("model.hidden", "16,8", "model.rates", "1", "model.average", "0")),
                Numbers.of(5),
                3,
                1)) {
      SortedMap<String, Tensor> initial = scripted.model();
      assertThat(initial.keySet()).containsExactlyInAnyOrder(names());
      network.check(initial, network.optimizer(), network.state()).run();

      for (int s = 0; s < 50; s++) {
        StepResult ours = step(network, s);
        StepResult theirs = step(scripted, s);
        assertThat(theirs.loss()).isCloseTo(ours.loss(), within(1e-4));
        assertThat(theirs.gradientNorm()).isCloseTo(ours.gradientNorm(), within(1e-4));
      }

      float[] rows = rows(99);
      float[] expected = network.logits(rows, ROWS);
      assertThat(scripted.logits(rows, ROWS)).containsExactly(expected, within(1e-4f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "layernorm", "dropout", "frozen"})
  void aResumedRunIsByteIdenticalToOneNeverInterrupted(String module) {
    try (Learner straight = scripted(module);
        Learner first = scripted(module);
        Learner second = scripted(module)) {
      for (int s = 0; s < 40; s++) {
        step(straight, s);
      }
      for (int s = 0; s < 17; s++) {
        step(first, s);
      }
      second.check(first.model(), first.optimizer(), first.state()).run();
      first.logits(rows(5), ROWS); // What happens beside the steps changes none of them.
      for (int s = 17; s < 40; s++) {
        step(second, s);
      }

      assertThat(bytes(second.model())).isEqualTo(bytes(straight.model()));
      assertThat(bytes(second.optimizer())).isEqualTo(bytes(straight.optimizer()));
      assertThat(second.logits(rows(7), ROWS)).isEqualTo(straight.logits(rows(7), ROWS));
    }
  }

  @Test
  void whatIsFrozenIsNotTrainedAndWhatIsTrainedChanges() {
    try (Learner learner = scripted("frozen")) {
      assertThat(learner.model().keySet()).containsExactly("last.bias", "last.weight");
      float[] before = learner.logits(rows(1), ROWS);
      step(learner, 1);
      assertThat(learner.logits(rows(1), ROWS)).isNotEqualTo(before);
    }
  }

  @Test
  void aStepThatIsNoNumberChangesNothing() {
    try (Learner learner = scripted("plain")) {
      step(learner, 1);
      byte[] before = bytes(learner.model());
      float[] rows = new float[ROWS * 5];
      Arrays.fill(rows, Float.NaN);

      StepResult result = learner.step(rows, labels(2), ones(), 0, ROWS);

      assertThat(result.skipped()).isTrue();
      assertThat(bytes(learner.model())).isEqualTo(before);
      assertThat(step(learner, 3).skipped()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wide    | it does not take 4 rows of this job's 5 features, shape [4, 5]; its parameters:"
            + " 0.weight [3, 6]",
        "binary  | for 4 rows it gives [4, 2]: this job needs one tensor of shape [4, 3]",
        "pair    | for 4 rows it gives [4, 3] and [4, 5]: this job needs one tensor",
        "norm    | it changes more than its parameters, as BatchNorm does",
        "double  | only float32 can be trained",
        "nothing | it has no parameter that requires a gradient",
        "absent  | there is no such file",
        "broken  | PyTorch cannot load it as a TorchScript module",
        "state   | it is a file of torch.save, which has no code to run; torch.jit.script",
        "pickle  | it is a pickle, as old versions of torch.save write; torch.jit.script",
        "tensors | it is a safetensors file, numbers without a model; torch.jit.script",
      })
  void aModuleThatDoesNotFitIsRefusedAtTheStart(String module, String why) throws Exception {
    Files.writeString(folder.resolve("broken.pt"), "not a module");
    Files.write(folder.resolve("tensors.pt"), new SafeTensors(new TreeMap<>()).toBytes());

    assertThatThrownBy(() -> scripted(module).close())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("model.file=")
        .hasMessageContaining(module + ".pt")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "layernorm", "dropout"})
  void rowsThatByThemselvesAreBeyondFloat32AreLeftOutAndNotTheStep(String module) {
    float[] hostile = rows(1);
    float[] weights = ones();
    for (int row : new int[] {0, 3, 4, ROWS - 1}) {
      hostile[5 * row + 2] = row == 3 ? -3e38f : 3e38f;
      weights[row] = 0;
    }
    try (Learner learner = scripted(module);
        Learner without = scripted(module)) {
      StepResult step = learner.step(hostile, labels(1), ones(), 0, ROWS);

      assertThat(step.skipped()).isFalse();
      assertThat(step.leftOut()).isEqualTo(4);
      assertThat(learner.steps()).isEqualTo(1);
      assertThat(without.step(rows(1), labels(1), weights, 0, ROWS).loss())
          .isCloseTo(step.loss(), within(module.equals("dropout") ? 1.0 : 1e-6));
      assertThat(learner.unsound()).isEmpty();
      for (float logit : learner.logits(rows(2), ROWS)) {
        assertThat(logit).isFinite();
      }
      assertThat(step(learner, 3).leftOut()).isZero();
    }
  }

  private static Learner scripted(String module) {
    return new Learner(
        settings(
            Map.of(
                "model", "torchscript", "model.file", folder.resolve(module + ".pt").toString())),
        Numbers.of(5),
        3,
        1);
  }

  private static TrainerConfig settings(Map<String, String> model) {
    Map<String, String> settings = new HashMap<>(model);
    settings.put("model.quantiles", "0");
    settings.put("device", TestDevice.NAME);
    return TrainerSettings.of(settings);
  }

  private static StepResult step(Learner learner, int step) {
    return learner.step(rows(step), labels(step), ones(), 0, ROWS);
  }

  private static float[] rows(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] rows = new float[ROWS * 5];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    return rows;
  }

  private static long[] labels(int seed) {
    return new SplittableRandom(seed).longs(ROWS, 0, 3).toArray();
  }

  private static float[] ones() {
    float[] ones = new float[ROWS];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static String[] names() {
    return new String[] {"0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"};
  }

  private static byte[] bytes(SortedMap<String, Tensor> tensors) {
    return new SafeTensors(tensors).toBytes();
  }
}
