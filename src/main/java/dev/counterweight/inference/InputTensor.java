package dev.counterweight.inference;

import dev.counterweight.event.Shown;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor of a request, whose shape and datatype its elements have.
 *
 * @param shape at least one dimension
 * @param first place of its first element among the request's values; row-major
 */
record InputTensor(String name, List<Long> shape, Datatype datatype, int first, int count) {

  /** Its first dimension. */
  long rows() {
    return shape.get(0);
  }

  /** Elements a row; 1 of no rows. */
  int width() {
    return rows() == 0 ? 1 : (int) (count / rows());
  }

  /** As messages name it. */
  String shown() {
    return "input '" + Shown.text(name) + "'";
  }

  /** The shape as JSON has it. */
  static String shown(List<Long> shape) {
    return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }
}
