package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightedSumsTest {
  private final SplittableRandom random = new SplittableRandom(5);

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0",
    "7, 2, 0",
    "7, 3, 0",
    "7, 2, 3",
    "0, 2, 2",
    "6, 7, 0",
    "9, 8, 0",
    "5, 64, 3",
    "30, 33, 64"
  })
  void eachSumIsAddedUpInTheOrderOfTheInputsWhicheverStandBesideIt(int inputs, int one, int other) {
    List<Dense> layers =
        IntStream.of(one, other).filter(n -> n > 0).mapToObj(n -> dense(inputs, n)).toList();
    float[] x = drawn(3 + inputs);

    float[] sums = new float[one + other];
    new WeightedSums(layers).of(x, 3, sums);

    int at = 0;
    for (Dense layer : layers) {
      for (int o = 0; o < layer.outputs(); o++) {
        float sum = layer.biases()[layer.biasesAt() + o];
        for (int i = 0; i < inputs; i++) {
          sum += x[3 + i] * weight(layer, o, i);
        }
        assertThat(sums[at++]).isEqualTo(sum);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 2, 3", "5, 64, 3"})
  void theWayBackOfALayerIsItsOwn(int inputs, int one, int other) {
    List<Dense> layers = List.of(dense(inputs, one), dense(inputs, other));
    double[] outer = random.doubles(other).toArray();

    double[] inner = new double[inputs];
    new WeightedSums(layers).back(outer, one, other, inner);

    for (int i = 0; i < inputs; i++) {
      double sum = 0;
      for (int o = 0; o < other; o++) {
        sum += outer[o] * weight(layers.get(1), o, i);
      }
      assertThat(inner[i]).isEqualTo(sum);
    }
  }

  private static float weight(Dense layer, int output, int input) {
    return layer.weights()[layer.weightsAt() + output * layer.inputs() + input];
  }

  private Dense dense(int inputs, int outputs) {
    return new Dense(inputs, outputs, drawn(2 + inputs * outputs), 2, drawn(4 + outputs), 4);
  }

  private float[] drawn(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
