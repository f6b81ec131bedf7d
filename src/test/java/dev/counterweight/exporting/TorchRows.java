package dev.counterweight.exporting;

import dev.counterweight.learning.ExportedModule;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/** Scores rows by a TorchScript file in libtorch. */
public final class TorchRows {
  private TorchRows() {}

  public static Served of(byte[] file, Map<String, Tensor> inputs) {
    try (ExportedModule module = new ExportedModule(file)) {
      ExportedModule.Told told = module.run(inputs);
      double[] probabilities = new double[told.probabilities().length];
      Arrays.setAll(probabilities, i -> told.probabilities()[i]);
      return new Served(
          probabilities, Arrays.stream(told.decisions()).mapToInt(Math::toIntExact).toArray());
    }
  }
}
