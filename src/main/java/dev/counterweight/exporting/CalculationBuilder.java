package dev.counterweight.exporting;

import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes a calculation down. Not thread-safe. */
final class CalculationBuilder {
  private final List<Calculation.Input> inputs = new ArrayList<>();
  private final SortedMap<String, Tensor> constants = new TreeMap<>();
  private final List<Calculation.Step> steps = new ArrayList<>();

  /** A feature's values, as steps name them. */
  String input(String feature, Calculation.Kind kind, int items) {
    String value = "x" + inputs.size();
    inputs.add(new Calculation.Input(feature, value, kind, items));
    return value;
  }

  String step(Operation operation, String... operands) {
    return step(operation, List.of(operands));
  }

  String step(Operation operation, List<String> operands) {
    String result = "v" + steps.size();
    steps.add(new Calculation.Step(result, operation, operands));
    return result;
  }

  String constant(Tensor values) {
    String name = "c" + constants.size();
    constants.put(name, values);
    return name;
  }

  String floats(float[] values, long... shape) {
    return constant(new Tensor.F32(values, shape));
  }

  String doubles(double[] values, long... shape) {
    return constant(new Tensor.F64(values, shape));
  }

  /** A scalar. */
  String number(double value) {
    return doubles(new double[] {value});
  }

  /** A scalar of 64 bits. */
  String whole(long value) {
    return constant(new Tensor.I64(new long[] {value}));
  }

  /** Doubles, no less than {@code least} and no more than {@code most}. */
  String between(String values, double least, double most) {
    String raised = step(Operation.LARGER, values, number(least));
    return step(Operation.SMALLER, raised, number(most));
  }

  /** The sum of some values of the same shape. */
  String sum(List<String> values) {
    return values.stream().reduce((a, b) -> step(Operation.ADD, a, b)).orElseThrow();
  }

  Calculation end(String probabilities, String decision) {
    return new Calculation(inputs, constants, steps, probabilities, decision);
  }
}
