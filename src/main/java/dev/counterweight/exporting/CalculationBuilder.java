package dev.counterweight.exporting;

import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes a calculation down. Not thread-safe. */
final class CalculationBuilder {
  private final List<Calculation.Input> inputs = new ArrayList<>();
  private final SortedMap<String, Tensor> constants = new TreeMap<>();
  private final List<Calculation.Step> steps = new ArrayList<>();

  /** A feature's values, as steps name them. */
  Term input(String feature, Calculation.Kind kind, int items) {
    String value = "x" + inputs.size();
    inputs.add(new Calculation.Input(feature, value, kind, items));
    return new Term(this, value);
  }

  Term step(Operation operation, List<Term> operands) {
    String result = "v" + steps.size();
    steps.add(new Calculation.Step(result, operation, operands.stream().map(Term::name).toList()));
    return new Term(this, result);
  }

  Term constant(Tensor values) {
    String name = "c" + constants.size();
    constants.put(name, values);
    return new Term(this, name);
  }

  /** F32[rows, columns]. */
  Term table(float[] values, long rows, long columns) {
    return constant(new Tensor.F32(values, rows, columns));
  }

  /** F64[rows, columns]. */
  Term table(double[] values, long rows, long columns) {
    return constant(new Tensor.F64(values, rows, columns));
  }

  /** F32 of one dimension. */
  Term vector(float... values) {
    return constant(new Tensor.F32(values, values.length));
  }

  /** F64 of one dimension. */
  Term vector(double... values) {
    return constant(new Tensor.F64(values, values.length));
  }

  /** I64 of one dimension. */
  Term wholes(long... values) {
    return constant(new Tensor.I64(values, values.length));
  }

  /** A scalar. */
  Term number(double value) {
    return constant(new Tensor.F64(new double[] {value}));
  }

  /** A scalar of 64 bits. */
  Term whole(long value) {
    return constant(new Tensor.I64(new long[] {value}));
  }

  /** The sum of some values of the same shape. */
  static Term sum(List<Term> values) {
    return values.stream().reduce(Term::plus).orElseThrow();
  }

  /** Ends it; a constant that no step has taken is left out. */
  Calculation end(Term probabilities, Term decision) {
    constants
        .keySet()
        .retainAll(steps.stream().flatMap(s -> s.operands().stream()).collect(Collectors.toSet()));
    return new Calculation(inputs, constants, steps, probabilities.name(), decision.name());
  }
}
