package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeProgramTest {
  private static final List<String> LISTS = List.of("kept");

  /** A function that keeps an array and says how many are kept; its text is the test's own. */
  private static String keeping(String test) {
    return """
      # %s
      def keep(self: __torch__.Program,
          x: Tensor) -> int:
        a = torch.append(self.kept, x)
        return torch.len(self.kept)
    """
        .formatted(test);
  }

  @Test
  void theNextOfTheSameTextIsNotCompiledAgainAndBeginsWithEmptyLists() {
    try (NDManager manager = TestDevice.manager();
        NDArray array = manager.create(new float[] {1})) {
      String text = keeping("again");
      CompiledProgram first;
      try (NativeProgram program = new NativeProgram(manager, LISTS, text)) {
        first = program.compiled();
        assertThat(kept(program, array)).isEqualTo(1);
        assertThat(kept(program, array)).isEqualTo(2);
      }
      try (NativeProgram next = new NativeProgram(manager, LISTS, text)) {
        assertThat(next.compiled()).isSameAs(first);
        assertThat(kept(next, array)).isEqualTo(1);
      }
    }
  }

  @Test
  void twoAtOnceKeepToThemselves() {
    try (NDManager manager = TestDevice.manager();
        NDArray array = manager.create(new float[] {1});
        NativeProgram one = new NativeProgram(manager, LISTS, keeping("at once"));
        NativeProgram other = new NativeProgram(manager, LISTS, keeping("at once"))) {
      assertThat(kept(one, array)).isEqualTo(1);
      assertThat(kept(other, array)).isEqualTo(1);
    }
  }

  @Test
  void outlivesTheManagerThatItWasMadeWith() {
    String text = keeping("manager");
    try (NDManager before = TestDevice.manager()) {
      new NativeProgram(before, LISTS, text).close();
    }
    try (NDManager manager = TestDevice.manager();
        NDArray array = manager.create(new float[] {1});
        NativeProgram program = new NativeProgram(manager, LISTS, text)) {
      assertThat(kept(program, array)).isEqualTo(1);
    }
  }

  @Test
  void onlySoManyAreKept() {
    try (NDManager manager = TestDevice.manager();
        NDArray array = manager.create(new float[] {1})) {
      List<NativeProgram> all = new ArrayList<>();
      for (int n = 0; n < 2 * CompiledProgram.MOST_IDLE; n++) {
        all.add(new NativeProgram(manager, LISTS, keeping("many")));
      }
      all.forEach(NativeProgram::close);
      assertThat(CompiledProgram.idle()).isEqualTo(CompiledProgram.MOST_IDLE);
      try (NativeProgram program = new NativeProgram(manager, LISTS, keeping("many"))) {
        assertThat(kept(program, array)).isEqualTo(1);
      }
    }
  }

  @Test
  void isNotRunOnceItIsClosedAndMayBeClosedTwice() {
    try (NDManager manager = TestDevice.manager();
        NDArray array = manager.create(new float[] {1})) {
      NativeProgram program = new NativeProgram(manager, LISTS, keeping("closed"));
      program.close();
      program.close();
      assertThatThrownBy(() -> kept(program, array)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static long kept(NativeProgram program, NDArray array) {
    try (IValue argument = NativeProgram.array(array);
        IValue number = program.run("keep", argument)) {
      return number.toLong();
    }
  }
}
