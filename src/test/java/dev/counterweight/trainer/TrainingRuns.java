package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** What tests do with {@link TrainingRun}s and the files that these save. */
final class TrainingRuns {
  private TrainingRuns() {}

  /** Trains on records {@code from} (inclusive) to {@code to} (exclusive). */
  static void train(TrainingRun run, IntFunction<MiniBatch> records, int from, int to) {
    for (int number = from; number < to; number++) {
      run.train(records.apply(number));
    }
  }

  /** A file as a run would save it. */
  static SafeTensors file(TrainingRun run, String name) {
    return file(run.files(), name);
  }

  static SafeTensors file(SortedMap<String, byte[]> files, String name) {
    return SafeTensors.parse(requireNonNull(files.get(name)));
  }

  /** Changes the tensors of one of some files. */
  static void change(
      SortedMap<String, byte[]> files, String name, Consumer<SortedMap<String, Tensor>> change) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(file(files, name).tensors());
    change.accept(tensors);
    files.put(name, new SafeTensors(tensors).toBytes());
  }

  /** A run would save these files, byte for byte. */
  static void assertSaves(TrainingRun run, SortedMap<String, byte[]> files) {
    SortedMap<String, byte[]> saved = run.files();
    assertThat(saved.keySet()).isEqualTo(files.keySet());
    saved.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(files.get(name)));
  }
}
