package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.serving.Activation;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.LayeredScores;
import dev.counterweight.serving.Normalisation;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NetworkTest {
  private static final Layers LAYERS = new Layers(List.of(3, 5, 4, 2));
  private static final int ROWS = 6;

  @ParameterizedTest
  @EnumSource(ModelConfig.Activation.class)
  void gradientsAreThoseOfFiniteDifferencesWithUnitsLeftOut(ModelConfig.Activation activation) {
    SplittableRandom random = new SplittableRandom(3);
    float[] parameters = LAYERS.initial(random);
    float[] inputs = normal(random, ROWS * 3);
    float[] direction = normal(random, ROWS * 2);
    float[] gradient;
    try (NDManager manager = TestDevice.manager();
        Network network = network(manager, activation, parameters);
        DirectFloats x = matrix(ROWS, 3, inputs);
        DirectFloats scores = matrix(ROWS, 2, new float[ROWS * 2]);
        DirectFloats derivatives = matrix(ROWS, 2, direction)) {
      network.forward(x, scores, 1);
      gradient = network.backward(derivatives).toFloatArray();
    }
    float step = 1e-2f;
    for (int p = 0; p < parameters.length; p++) {
      float[] up = parameters.clone();
      float[] down = parameters.clone();
      up[p] += step;
      down[p] -= step;
      double slope =
          (along(activation, up, inputs, direction) - along(activation, down, inputs, direction))
              / (2.0 * step);
      assertThat((double) gradient[p]).as("parameter %d", p).isCloseTo(slope, within(2e-3));
    }
  }

  @ParameterizedTest
  @EnumSource(ModelConfig.Activation.class)
  void gradientsOfNetworksSideBySideAreTheirOwn(ModelConfig.Activation activation) {
    SplittableRandom random = new SplittableRandom(3);
    List<float[]> parameters = List.of(LAYERS.initial(random), LAYERS.initial(random));
    float[] inputs = normal(random, ROWS * 3);
    float[] direction = normal(random, 2 * ROWS * 2);
    float[] embedded = new float[ROWS];
    float[] all;
    try (NDManager manager = TestDevice.manager();
        Network networks =
            new Network(
                manager,
                LAYERS,
                new Candidates(2, false, false),
                HiddenActivation.of(activation),
                new Dropout(0.4, 7),
                1,
                parameters);
        DirectFloats x = matrix(ROWS, 3, inputs);
        DirectFloats scores = matrix(2 * ROWS, 2, new float[2 * ROWS * 2]);
        DirectFloats derivatives = matrix(2 * ROWS, 2, direction)) {
      networks.forward(x, scores, 1);
      all = networks.backward(derivatives).toFloatArray();
      networks.embedded(ROWS).get(embedded);
    }
    int apart = all.length / 2;
    double[] mean = new double[ROWS];
    for (int n = 0; n < 2; n++) {
      float[] own = Arrays.copyOfRange(direction, n * ROWS * 2, (n + 1) * ROWS * 2);
      try (NDManager manager = TestDevice.manager();
          Network network = network(manager, activation, parameters.get(n), 1);
          DirectFloats x = matrix(ROWS, 3, inputs);
          DirectFloats scores = matrix(ROWS, 2, new float[ROWS * 2]);
          DirectFloats derivatives = matrix(ROWS, 2, own)) {
        network.forward(x, scores, 1);
        float[] alone = network.backward(derivatives).toFloatArray();
        assertThat(Arrays.copyOfRange(all, n * apart, n * apart + alone.length))
            .containsExactly(alone, within(1e-6f));
        for (int row = 0; row < ROWS; row++) {
          mean[row] += network.embedded(ROWS).get(row) / 2.0;
        }
      }
    }
    for (int row = 0; row < ROWS; row++) {
      assertThat(embedded[row]).isCloseTo((float) mean[row], within(1e-6f));
    }
    assertThat(embedded).isNotEqualTo(new float[ROWS]);
  }

  @Test
  void aGuestIsALinearModelBesideTheOthersWhichAreAsWithoutIt() {
    SplittableRandom random = new SplittableRandom(3);
    List<float[]> parameters = List.of(LAYERS.initial(random), LAYERS.initial(random));
    float[] inputs = normal(random, ROWS * 3);
    float[] direction = normal(random, 3 * ROWS * 2);
    float[] guest = normal(random, 8);
    Sides two = sides(new Candidates(2, false, false), parameters, null, inputs, direction);
    Sides three = sides(new Candidates(2, false, true), parameters, guest, inputs, direction);

    int apart = two.gradient().length / 2;
    assertThat(three.gradient()).startsWith(two.gradient()).hasSize(2 * apart + 16);
    assertThat(three.scores()).startsWith(two.scores());
    assertThat(three.embedded()).isEqualTo(two.embedded()).isNotEqualTo(new float[ROWS]);
    double[] slopes = new double[8];
    for (int row = 0; row < ROWS; row++) {
      for (int c = 0; c < 2; c++) {
        double score = guest[6 + c];
        double derivative = direction[2 * ROWS * 2 + row * 2 + c];
        for (int i = 0; i < 3; i++) {
          score += guest[3 * c + i] * inputs[3 * row + i];
          slopes[3 * c + i] += derivative * inputs[3 * row + i];
        }
        slopes[6 + c] += derivative;
        assertThat(three.scores()[2 * ROWS * 2 + row * 2 + c])
            .isCloseTo((float) score, within(1e-5f));
      }
    }
    for (int p = 0; p < 8; p++) {
      assertThat(three.gradient()[2 * apart + p]).isCloseTo((float) slopes[p], within(1e-5f));
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Sides(float[] scores, float[] gradient, float[] embedded) {}

  private static Sides sides(
      Candidates candidates,
      List<float[]> parameters,
      float @Nullable [] guest,
      float[] inputs,
      float[] direction) {
    int n = candidates.networks();
    float[] scores = new float[n * ROWS * 2];
    float[] embedded = new float[ROWS];
    try (NDManager manager = TestDevice.manager();
        Network networks =
            new Network(
                manager,
                LAYERS,
                candidates,
                HiddenActivation.of(ModelConfig.Activation.TANH),
                new Dropout(0.4, 7),
                1,
                parameters);
        DirectFloats x = matrix(ROWS, 3, inputs);
        DirectFloats o = matrix(n * ROWS, 2, scores);
        DirectFloats d = matrix(n * ROWS, 2, Arrays.copyOf(direction, scores.length))) {
      if (guest != null) {
        List<float[]> all = new ArrayList<>(parameters);
        all.add(guest);
        DirectFloats.assign(networks.parameters(), networks.layout().filled(all));
      }
      networks.forward(x, o, 1);
      o.floats(n * ROWS, 2).get(scores);
      float[] gradient = networks.backward(d).toFloatArray();
      networks.embedded(ROWS).get(embedded);
      return new Sides(scores, gradient, embedded);
    }
  }

  @Test
  void activationsAreThoseOfPyTorch() {
    // torch 1.13: relu, leaky_relu, tanh, sigmoid, gelu, silu of -1.5 and 0.5
    float[][] expected = {
      {0, 0.5f},
      {-0.015f, 0.5f},
      {-0.9051482677f, 0.4621171653f},
      {0.1824255288f, 0.6224593520f},
      {-0.1002108008f, 0.3457312286f},
      {-0.2736383080f, 0.3112296760f}
    };
    try (NDManager manager = TestDevice.manager()) {
      for (ModelConfig.Activation kind : ModelConfig.Activation.values()) {
        HiddenActivation activation = HiddenActivation.of(kind);
        String function =
            "  def of(self: __torch__.Program,\n    s: Tensor) -> Tensor:\n    return %s\n"
                .formatted(activation.script().get("value"));
        try (NativeProgram program = new NativeProgram(manager, List.of(), function);
            IValue x = NativeProgram.array(manager.create(new float[] {-1.5f, 0.5f}));
            IValue value = program.run("of", x)) {
          assertThat(value.toTensor((PtNDManager) manager).toFloatArray())
              .as(kind.name())
              .containsExactly(expected[kind.ordinal()], within(1e-6f));
        }
      }
    }
  }

  /** What is evaluated and served in Java is what PyTorch trains. */
  @ParameterizedTest
  @EnumSource(ModelConfig.Activation.class)
  void theForwardPassInJavaGivesWhatPyTorchGives(ModelConfig.Activation activation) {
    Layers layers = new Layers(List.of(11, 33, 17, 3));
    int rows = 500;
    SplittableRandom random = new SplittableRandom(5);
    float[] inputs = normal(random, rows * 11);
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = Math.max(-9, Math.min(9, 3 * inputs[i]));
    }
    float[] parameters = layers.initial(random);
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] *= 3;
    }
    float[] served = new float[rows * 3];
    try (NDManager manager = TestDevice.manager();
        Network network =
            new Network(
                manager,
                layers,
                Candidates.ONE,
                HiddenActivation.of(activation),
                new Dropout(0, 7),
                0,
                List.of(parameters));
        DirectFloats x = matrix(rows, 11, inputs);
        DirectFloats scores = matrix(rows, 3, served)) {
      network.forward(x, scores, 1);
      float[] zeros = new float[11];
      float[] ones = new float[11];
      Arrays.fill(ones, 1);
      new LayeredScores(
              11,
              new Normalisation(Numbers.of(11), zeros, ones, null),
              List.of(),
              network.layers(),
              Activation.valueOf(activation.name()),
              false)
          .worker()
          .score(inputs, 0, rows, served, 0);

      FloatBuffer trained = scores.floats(rows, 3);
      for (int i = 0; i < served.length; i++) {
        // Sums of some tens of terms of about 10, in another order.
        assertThat(served[i]).as("score %d", i).isCloseTo(trained.get(i), within(3e-5f));
      }
    }
  }

  @Test
  void unitsAreLeftOutBySeedAndStepAloneAndTheOthersCountForTheMore() {
    float[] first = factors(1, 5);

    assertThat(factors(1, 5)).isEqualTo(first);
    assertThat(factors(1, 6)).isNotEqualTo(first);
    assertThat(factors(2, 5)).isNotEqualTo(first);
    int out = 0;
    for (float factor : first) {
      assertThat(factor == 0 || factor == 4).isTrue();
      out += factor == 0 ? 1 : 0;
    }
    assertThat(out / (double) first.length).isCloseTo(0.75, within(0.02));
    try (Dropout none = new Dropout(0, 1)) {
      assertThat(none.factors(List.of(9), 3, 1)).isEmpty();
    }
  }

  private static float[] factors(long seed, long step) {
    try (Dropout dropout = new Dropout(0.75, seed)) {
      return dropout.factors(List.of(100), 100, step).get(0).toFloatArray();
    }
  }

  private static double along(
      ModelConfig.Activation activation, float[] parameters, float[] inputs, float[] direction) {
    try (NDManager manager = TestDevice.manager();
        Network network = network(manager, activation, parameters);
        DirectFloats x = matrix(ROWS, 3, inputs);
        DirectFloats scores = matrix(ROWS, 2, new float[ROWS * 2])) {
      network.forward(x, scores, 1);
      FloatBuffer values = scores.floats(ROWS, 2);
      double sum = 0;
      for (int i = 0; i < direction.length; i++) {
        sum += (double) values.get(i) * direction[i];
      }
      return sum;
    }
  }

  private static DirectFloats matrix(int rows, int columns, float[] values) {
    DirectFloats matrix = new DirectFloats();
    matrix.floats(rows, columns).put(values);
    return matrix;
  }

  private static Network network(
      NDManager manager, ModelConfig.Activation activation, float[] parameters) {
    return network(manager, activation, parameters, 0);
  }

  private static Network network(
      NDManager manager, ModelConfig.Activation activation, float[] parameters, int embedded) {
    return new Network(
        manager,
        LAYERS,
        Candidates.ONE,
        HiddenActivation.of(activation),
        new Dropout(0.4, 7),
        embedded,
        List.of(parameters));
  }

  private static float[] normal(SplittableRandom random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
