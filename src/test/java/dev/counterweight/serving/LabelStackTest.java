package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.learning.GoldenFile;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LabelStackTest {
  private static final float[] RATES = {1, 0.2f, 0.03f};
  private static final float[] WEIGHTS = {0.5f, 40};

  @Test
  void servesAndLearnsAsTheFormulasSay() throws IOException {
    JsonNode golden = GoldenFile.read("recent_labels.json");
    LabelStack stack = new LabelStack(4, 3);
    stack.observe(GoldenFile.floats(golden.get("weights")));
    double[] served = new double[4];

    for (JsonNode row : golden.get("rows")) {
      double[] q = doubles(row.get("q"));
      float[] shares = GoldenFile.floats(row.get("shares"));
      stack.apply(q, shares, 0, served);
      assertThat(served).containsExactly(doubles(row.get("served")), within(1e-12));
      stack.learn(q, shares, 0, row.get("label").asInt(), row.get("weight").asDouble());
    }

    assertThat(stack.temperature()).isCloseTo(golden.get("temperature").asDouble(), within(1e-12));
    assertThat(stack.slopes()).containsExactly(doubles(golden.get("slopes")), within(1e-12));
  }

  @Test
  void constantsServeAsTheStackDoesThatTheyAreOf() {
    LabelStack stack = taught(3, true);
    stack.observe(WEIGHTS);
    float[] shares = {0, 1, 0.3f, 0.7f, 0.6f, 0.4f};
    double[] served = {0.97, 0.03};
    double[] byConstants = new double[2];

    new OddsCorrection(stack.temperature(), stack.biases(shares))
        .apply(served, WEIGHTS, byConstants);
    stack.apply(served, shares, 0, served);

    assertThat(byConstants).containsExactly(served);
    assertThat(served[1]).isGreaterThan(0.05);
  }

  @Test
  void beginsWhereNothingChanges() {
    LabelStack stack = new LabelStack(3, 3);
    stack.observe(new float[] {0.4f, 3, 0});
    double[] served = {0.8, 0.2, 0};
    stack.apply(served, new float[] {1, 0, 0, 1, 0, 0, 1, 0, 0}, 0, served);
    assertThat(served).containsExactly(new double[] {0.8, 0.2, 0}, within(1e-12));
  }

  @Test
  void aRowOfNothingButClassesWithoutWeightIsServedAsItWasAndTeachesNothing() {
    LabelStack stack = new LabelStack(2, 3);
    stack.observe(new float[2]);
    double[] served = {0.5, 0.5};
    stack.learn(served, new float[6], 0, 1, 1);
    stack.apply(served, new float[6], 0, served);
    assertThat(served).containsExactly(0.5, 0.5);
    assertThat(bytes(stack)).isEqualTo(bytes(new LabelStack(2, 3)));
  }

  @Test
  void halvesTheLossWhereLabelsResembleTheirNeighboursAndCostsNextToNothingElsewhere() {
    assertThat(gain(0.6f, 3, true)).isGreaterThan(0.5);
    assertThat(gain(0.6f, 3, false)).isGreaterThan(-0.01);
  }

  /** Weights are balanced ones, or 1/n_c of some 200,000 events, or listed. */
  @Test
  void learnsAlikeWhateverTheSizeOfTheWeights() {
    double balanced = gain(0.6f, 3, true);

    for (float size : new float[] {1e-5f, 1e-30f, 1_000}) {
      assertThat(gain(0.6f * size, 3 * size, true)).isCloseTo(balanced, within(1e-4));
    }
  }

  @Property(tries = 50)
  void neverGivesWhatIsNoProbability(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    LabelStack stack = new LabelStack(3, 3);
    double[] q = new double[3];
    float[] shares = new float[9];
    for (int row = 0; row < 300; row++) {
      float rare =
          row % 7 == 0 ? Float.POSITIVE_INFINITY : (float) StrictMath.exp(12 * random.nextDouble());
      stack.observe(new float[] {0.3f, rare, random.nextInt(3) == 0 ? 0 : rare});
      double extreme = StrictMath.exp(-800 * random.nextDouble());
      double[] served = random.nextBoolean() ? new double[] {1, 0, 0} : shared(extreme);
      for (int i = 0; i < 9; i++) {
        shares[i] = random.nextInt(3) == 0 ? i % 3 == 0 ? 1 : 0 : 1 / 3f;
      }
      stack.learn(served, shares, 0, random.nextInt(3), 1e6 * random.nextDouble() + 1e-9);
      stack.apply(served, shares, 0, q);
      assertThat(q[0] + q[1] + q[2]).isCloseTo(1, within(1e-9));
      assertThat(Math.min(q[0], Math.min(q[1], q[2]))).isNotNegative();
    }
  }

  @Test
  void goesOnFromItsStateBitForBit() {
    LabelStack stack = taught(5, true);
    LabelStack restored = new LabelStack(2, 3);

    restored.restore(stack.state());

    stack.observe(WEIGHTS);
    restored.observe(WEIGHTS);
    float[] shares = {0, 1, 0.3f, 0.7f, 0.6f, 0.4f};
    for (LabelStack each : new LabelStack[] {stack, restored}) {
      each.learn(new double[] {0.9, 0.1}, shares, 0, 1, 2);
    }
    assertThat(bytes(restored)).isEqualTo(bytes(stack));
  }

  @Test
  void aStateThatCannotBeIsRefusedByName() {
    SortedMap<String, Tensor> state = taught(5, true).state();
    state.put("recent.squares", new Tensor.F64(new double[] {1, 1, -1, 1}, 4));

    assertThatThrownBy(() -> new LabelStack(2, 3).restore(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("recent.squares");
    assertThat(new SafeTensors(state).doubles("recent.parameters", 4)[0]).isGreaterThan(0.2);
  }

  /** Share of the log loss that goes, of rows of which the model sees nothing. */
  private static double gain(float common, float rare, boolean alike) {
    double[] losses = new double[2];
    LabelStack stack = new LabelStack(2, 3);
    stack.observe(new float[] {common, rare});
    teach(stack, 3, alike, losses);
    return 1 - losses[1] / losses[0];
  }

  private static LabelStack taught(long seed, boolean alike) {
    LabelStack stack = new LabelStack(2, 3);
    stack.observe(new float[] {0.6f, 3});
    teach(stack, seed, alike, new double[2]);
    return stack;
  }

  private static void teach(LabelStack stack, long seed, boolean alike, double[] losses) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] shares = new float[6];
    Arrays.fill(shares, 0.5f);
    double[] p = {5 / 6.0, 1 / 6.0};
    double[] served = new double[2];
    int label = 0;
    for (int row = 0; row < 5000; row++) {
      label = alike && random.nextDouble() < 0.96 ? label : random.nextDouble() < 1 / 6.0 ? 1 : 0;
      stack.apply(p, shares, 0, served);
      losses[0] -= Math.log(p[label]);
      losses[1] -= Math.log(served[label]);
      stack.learn(p, shares, 0, label, 1);
      for (int i = 0; i < 6; i++) {
        shares[i] += RATES[i / 2] * ((i % 2 == label ? 1 : 0) - shares[i]);
      }
    }
  }

  private static byte[] bytes(LabelStack stack) {
    return new SafeTensors(stack.state()).toBytes();
  }

  private static double[] shared(double extreme) {
    return new double[] {1 - extreme, extreme / 2, extreme / 2};
  }

  private static double[] doubles(JsonNode node) {
    double[] values = new double[node.size()];
    Arrays.setAll(values, i -> node.get(i).asDouble());
    return values;
  }
}
