package dev.counterweight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StateTest {
  private final Sums sums = new Sums();

  @Test
  void aStateIsSavedUnderItsNamesWithItsShapes() {
    sums.sums[1] = 2;
    sums.steps = 3;

    SafeTensors saved = new SafeTensors(sums.state());

    assertThat(saved.tensors().keySet())
        .containsExactly("a.rows", "a.scale", "a.steps", "a.sums", "a.waiting");
    assertThat(saved.doubles("a.sums", 1, 2)).containsExactly(0, 2);
    assertThat(saved.longs("a.steps", 1)).containsExactly(3);
    assertThat(saved.floats("a.rows", 1, 2)).containsExactly(1, 2);
  }

  @Test
  void aRestoredStateIsWhatWasSavedAndSharesNothingWithIt() {
    sums.sums[1] = 2;
    sums.rows = new float[] {1, 2, 3, 4};
    SortedMap<String, Tensor> saved = sums.state();
    Sums other = new Sums();

    other.restore(saved);
    sums.sums[1] = 5;

    assertThat(other.sums).containsExactly(0, 2);
    assertThat(other.rows).containsExactly(1, 2, 3, 4);
    assertThat(other.restored).isEqualTo(1);
  }

  @Test
  void nothingIsRestoredUnlessAllFits() {
    SortedMap<String, Tensor> saved = new Sums().state();
    saved.put("a.sums", new Tensor.F64(new double[] {7, 7}, 1, 2));
    saved.put("a.waiting", new Tensor.F32(new float[3], 3));

    assertThatThrownBy(() -> sums.restore(saved))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessage("tensor 'a.waiting' is F32[3] and must be F32[1]");
    assertThat(sums.sums).containsExactly(0, 0);
    assertThat(sums.restored).isZero();
  }

  @Test
  void aTensorThatIsMissingOrOfAnotherTypeIsNamed() {
    SortedMap<String, Tensor> saved = sums.state();
    saved.put("a.rows", new Tensor.F64(new double[2], 1, 2));

    assertThatThrownBy(() -> sums.restore(saved))
        .hasMessage("tensor 'a.rows' is F64[1, 2] and must be F32[any, 2]");
    saved.remove("a.rows");
    assertThatThrownBy(() -> sums.restore(saved))
        .hasMessageStartingWith("tensor 'a.rows' is missing");
  }

  @Test
  void aNumberThatBreaksItsRuleIsNeitherSavedNorRestored() {
    assertBroken(
        "a.sums",
        new Tensor.F64(new double[] {0, Double.NaN}, 1, 2),
        "tensor 'a.sums' has a value that is not a finite number");
    assertBroken(
        "a.scale",
        new Tensor.F64(new double[] {-0.5}, 1),
        "tensor 'a.scale' is -0.5: must not be below 0");
    assertBroken(
        "a.steps",
        new Tensor.I64(new long[] {-1}, 1),
        "tensor 'a.steps' is -1.0: must not be below 0");
    sums.steps = -4;
    assertThatThrownBy(sums::state).isInstanceOf(MalformedTensorsException.class);
    assertThat(State.of(sums).unsound()).hasValue("tensor 'a.steps' is -4.0: must not be below 0");
  }

  @Test
  void whatIsNotDeclaredIsIgnored() {
    SortedMap<String, Tensor> saved = sums.state();
    saved.put("b", new Tensor.F32(new float[] {Float.NaN}, 1));

    assertThatCode(() -> sums.restore(saved)).doesNotThrowAnyException();
  }

  private void assertBroken(String name, Tensor tensor, String message) {
    SortedMap<String, Tensor> saved = new TreeMap<>(new Sums().state());
    saved.putAll(Map.of(name, tensor));
    assertThatThrownBy(() -> sums.restore(saved))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessage(message);
  }

  private static final class Sums implements Stateful {
    final double[] sums = new double[2];
    float[] rows = {1, 2};
    float[] waiting = {1};
    double scale = 1;
    long steps;
    int restored;

    @Override
    public void declare(State state) {
      state
          .in("a.")
          .doubles("sums", sums, 1, 2)
          .number("scale", () -> scale, saved -> scale = saved)
          .count("steps", () -> steps, saved -> steps = saved)
          .floats("rows", () -> rows.clone(), saved -> rows = saved, SafeTensors.ANY, 2)
          .floats("waiting", () -> waiting.clone(), saved -> waiting = saved, 1)
          .notNegative("scale")
          .restored(() -> restored++);
    }
  }
}
