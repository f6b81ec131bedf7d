package dev.counterweight.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.SafeTensors;
import dev.counterweight.batch.Tensor;
import dev.counterweight.runtime.FailureException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingRunTest {
  @Test
  void aRestoredRunGivesTheSameBytes() {
    SortedMap<String, byte[]> files = trained();
    try (TrainingRun run = run()) {
      run.restore("any", files);

      assertThat(run.files()).hasSameSizeAs(files);
      run.files().forEach((file, bytes) -> assertThat(bytes).as(file).isEqualTo(files.get(file)));
    }
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void aTensorOfAnotherLengthIsRefusedByName(String file, String tensor) {
    SortedMap<String, byte[]> files = trained();
    SortedMap<String, Tensor> tensors =
        new TreeMap<>(SafeTensors.parse(requireNonNull(files.get(file))).tensors());
    tensors.put(tensor, shortened(requireNonNull(tensors.get(tensor))));
    files.put(file, new SafeTensors(tensors, new TreeMap<>()).toBytes());

    assertRefused(files, tensor);
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void aMissingTensorIsRefusedByName(String file, String tensor) {
    SortedMap<String, byte[]> files = trained();
    SortedMap<String, Tensor> tensors =
        new TreeMap<>(SafeTensors.parse(requireNonNull(files.get(file))).tensors());
    tensors.remove(tensor);
    files.put(file, new SafeTensors(tensors, new TreeMap<>()).toBytes());

    assertRefused(files, tensor);
  }

  static List<Arguments> tensors() {
    List<Arguments> all = new ArrayList<>();
    trained()
        .forEach(
            (file, bytes) ->
                SafeTensors.parse(bytes)
                    .tensors()
                    .keySet()
                    .forEach(tensor -> all.add(Arguments.of(file, tensor))));
    return all;
  }

  private static void assertRefused(SortedMap<String, byte[]> files, String tensor) {
    try (TrainingRun run = run()) {
      assertThatThrownBy(() -> run.restore("step-1", files))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("step-1")
          // Pending rows are measured by their labels, so a short one may be told of the others.
          .hasMessageContaining(tensor.startsWith("pending.") ? "pending." : tensor);
    }
  }

  private static TrainingRun run() {
    return new TrainingRun(new TrainerJob("localhost:1", "any", Path.of("unused")).config());
  }

  private static SortedMap<String, byte[]> trained() {
    try (TrainingRun run = run()) {
      run.train(TrainerJob.batch(0));
      run.train(TrainerJob.batch(1));
      return run.files();
    }
  }

  private static Tensor shortened(Tensor tensor) {
    if (tensor instanceof Tensor.F32 t) {
      int n = t.values().length - 1;
      return new Tensor.F32(Arrays.copyOf(t.values(), n), n);
    } else if (tensor instanceof Tensor.F64 t) {
      int n = t.values().length - 1;
      return new Tensor.F64(Arrays.copyOf(t.values(), n), n);
    }
    long[] values = ((Tensor.I64) tensor).values();
    return new Tensor.I64(Arrays.copyOf(values, values.length - 1), values.length - 1);
  }
}
