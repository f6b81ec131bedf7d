package dev.counterweight.exporting;

import dev.counterweight.tensor.Tensor;
import java.util.List;
import java.util.SortedMap;

/**
 * What an exported file computes, step by step, whatever form the file has.
 *
 * @param inputs one a feature, in order
 * @param constants by the name that steps use
 * @param probabilities the value that holds them: F32[n, K]
 * @param decision the value that holds the class decided for: I64[n], -1 where there is none
 */
record Calculation(
    List<Input> inputs,
    SortedMap<String, Tensor> constants,
    List<Step> steps,
    String probabilities,
    String decision) {

  Calculation {
    inputs = List.copyOf(inputs);
    steps = List.copyOf(steps);
  }

  /**
   * A feature's values.
   *
   * @param value the name that steps use
   * @param items values a row; 0 for one alone, without a dimension of its own
   */
  record Input(String feature, String value, Kind kind, int items) {}

  /** What values of a feature are. */
  enum Kind {
    /** 32-bit floats, NaN where missing. */
    NUMBER,
    /** Rows of an embedding, 0 where missing; of several, -1 behind the last. */
    ROW,
    /** Milliseconds since 1970, the least of all integers where missing. */
    TIME
  }

  /** One operation. */
  record Step(String result, Operation operation, List<String> operands) {
    Step {
      operands = List.copyOf(operands);
    }
  }
}
