package dev.counterweight.exporting;

import com.google.protobuf.ByteString;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A calculation as an ONNX model: a graph with an input a feature, by its name, and the outputs
 * {@code probabilities}, FLOAT[n, K], and {@code decision}, STRING[n], empty where a row cannot be
 * scored. Field numbers are those of onnx.proto. Stateless.
 */
final class OnnxFile {
  static final String PROBABILITIES = "probabilities";
  static final String DECISION = "decision";

  /** Any runtime from 2022 on knows both. */
  static final int OPERATOR_SET = 17;

  private static final int IR_VERSION = 8;
  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final int STRING = 8;
  private static final int DOUBLE = 11;
  private static final String CLASSES = "/classes";

  private OnnxFile() {}

  /**
   * The file's bytes.
   *
   * @param version of the model: its step
   * @param about what else is told, by key
   */
  static byte[] of(
      Calculation calculation, List<String> classes, long version, Map<String, String> about) {
    Message model =
        new Message()
            .number(1, IR_VERSION)
            .text(2, "counterweight")
            .text(4, "dev.counterweight")
            .number(5, version)
            .message(7, graph(calculation, classes, about.getOrDefault("job", "model")))
            .message(8, new Message().text(1, "").number(2, OPERATOR_SET));
    about.forEach((key, value) -> model.message(14, new Message().text(1, key).text(2, value)));
    return model.toBytes().toByteArray();
  }

  private static Message graph(Calculation calculation, List<String> classes, String name) {
    Message graph = new Message();
    for (Calculation.Input input : calculation.inputs()) {
      graph.message(1, operation("Identity", List.of(input.feature()), value(input.value())));
    }
    for (Calculation.Step step : calculation.steps()) {
      graph.message(1, node(step));
    }
    graph.message(
        1, operation("Identity", List.of(value(calculation.probabilities())), PROBABILITIES));
    graph.message(1, decision(calculation));
    graph.text(2, name);
    calculation.constants().forEach((key, tensor) -> graph.message(5, tensor(value(key), tensor)));
    axes(calculation).forEach(axis -> graph.message(5, axis(axis)));
    graph.message(5, names(classes));
    calculation.inputs().forEach(input -> graph.message(11, input(input)));
    graph.message(12, value(PROBABILITIES, FLOAT, classes.size()));
    graph.message(12, value(DECISION, STRING, 0));
    return graph;
  }

  /** Values within have names that no output has; that no feature has them, the export demands. */
  static String value(String name) {
    return "/" + name;
  }

  private static Message node(Calculation.Step step) {
    List<String> operands = new ArrayList<>();
    step.operands().forEach(operand -> operands.add(value(operand)));
    Long axis = step.operation().axis();
    if (axis != null) {
      operands.add(axisName(axis));
    }
    Message node = operation(step.operation().onnx(), operands, value(step.result()));
    step.operation().attributes().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(attribute -> node.message(5, attribute(attribute.getKey(), attribute.getValue())));
    return node;
  }

  private static Message operation(String type, List<String> operands, String result) {
    Message node = new Message();
    operands.forEach(operand -> node.text(1, operand));
    return node.text(2, result).text(3, type + " " + result).text(4, type);
  }

  /** The class's name; the last of the names is that of none, which -1 means. */
  private static Message decision(Calculation calculation) {
    return operation("Gather", List.of(CLASSES, value(calculation.decision())), DECISION)
        .message(5, attribute("axis", 0L));
  }

  private static Message attribute(String name, Object value) {
    Message attribute = new Message().text(1, name);
    if (value instanceof Float number) {
      return attribute.number(2, number).number(20, 1L);
    }
    if (value instanceof Long number) {
      return attribute.number(3, number).number(20, 2L);
    }
    ((List<?>) value).forEach(number -> attribute.number(8, (Long) number));
    return attribute.number(20, 7L);
  }

  private static Message input(Calculation.Input input) {
    int type = input.kind() == Calculation.Kind.NUMBER ? FLOAT : INT64;
    return value(input.feature(), type, input.items());
  }

  /** What is told of an input or output: n, or n rows of {@code width}. */
  private static Message value(String name, int type, int width) {
    Message shape = new Message().message(1, new Message().text(2, "n"));
    if (width > 0) {
      shape.message(1, new Message().number(1, width));
    }
    Message tensor = new Message().number(1, type).message(2, shape);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  private static List<Long> axes(Calculation calculation) {
    List<Long> axes = new ArrayList<>();
    for (Calculation.Step step : calculation.steps()) {
      Long axis = step.operation().axis();
      if (axis != null && !axes.contains(axis)) {
        axes.add(axis);
      }
    }
    axes.sort(Comparator.naturalOrder());
    return axes;
  }

  private static String axisName(long axis) {
    return "/axis" + axis;
  }

  private static Message axis(long axis) {
    return tensor(axisName(axis), new Tensor.I64(new long[] {axis}, 1));
  }

  private static Message names(List<String> classes) {
    Message tensor = new Message().number(1, classes.size() + 1L).number(2, STRING);
    classes.forEach(name -> tensor.bytes(6, ByteString.copyFromUtf8(name)));
    return tensor.bytes(6, ByteString.EMPTY).text(8, CLASSES);
  }

  private static Message tensor(String name, Tensor tensor) {
    Message message = new Message();
    tensor.shape().forEach(size -> message.number(1, size));
    return message
        .number(2, type(tensor))
        .text(8, name)
        .bytes(9, ByteString.copyFrom(tensor.toBytes()));
  }

  private static int type(Tensor tensor) {
    if (tensor instanceof Tensor.F32) {
      return FLOAT;
    }
    return tensor instanceof Tensor.F64 ? DOUBLE : INT64;
  }
}
