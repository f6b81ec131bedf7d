package dev.counterweight.exporting;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A step of a calculation as ONNX names it (operator set 17) and as TorchScript spells it. */
enum Operation {
  ADD("Add", "torch.add({*})"),
  SUBTRACT("Sub", "torch.sub({*})"),
  MULTIPLY("Mul", "torch.mul({*})"),
  DIVIDE("Div", "torch.div({*})"),
  REMAINDER("Mod", "torch.remainder({*})"),
  LARGER("Max", "torch.maximum({*})"),
  SMALLER("Min", "torch.minimum({*})"),
  EXP("Exp", "torch.exp({*})"),
  LOG("Log", "torch.log({*})"),
  SINE("Sin", "torch.sin({*})"),
  ERROR_FUNCTION("Erf", "torch.erf({*})"),
  RELU("Relu", "torch.relu({*})"),
  LEAKY_RELU("LeakyRelu", Map.of("alpha", 0.01f), null, "torch.leaky_relu({*}, 0.01)"),
  TANH("Tanh", "torch.tanh({*})"),
  SIGMOID("Sigmoid", "torch.sigmoid({*})"),
  PRODUCT("MatMul", "torch.matmul({*})"),
  IS_NAN("IsNaN", "torch.isnan({*})"),
  EQUAL("Equal", "torch.eq({*})"),
  AT_LEAST("GreaterOrEqual", "torch.ge({*})"),
  AT_MOST("LessOrEqual", "torch.le({*})"),
  ABOVE("Greater", "torch.gt({*})"),
  /** Condition, value where it holds, value where not. */
  CHOICE("Where", "torch.where({*})"),
  TO_FLOAT("Cast", Map.of("to", 1L), null, "torch.to({*}, 6)"),
  TO_DOUBLE("Cast", Map.of("to", 11L), null, "torch.to({*}, 7)"),
  TO_LONG("Cast", Map.of("to", 7L), null, "torch.to({*}, 4)"),
  /** Table, rows of it. */
  ROWS(
      "Gather",
      Map.of("axis", 0L),
      null,
      "torch.index({0}, annotate(List[Optional[Tensor]], [{1}]))"),
  /** Values F32[n, F], places I64[n, T] in them: of each row those that its places name. */
  GATHER("GatherElements", Map.of("axis", 1L), null, "torch.gather({0}, 1, {1})"),
  JOIN("Concat", Map.of("axis", -1L), null, "torch.cat([{*}], -1)"),
  /** A dimension of size 1 behind the last. */
  COLUMN("Unsqueeze", Map.of(), -1L, "torch.unsqueeze({*}, -1)"),
  /** Over the last dimension, which stays, of size 1. */
  SUM("ReduceSum", Map.of("keepdims", 1L), -1L, "torch.sum({*}, [-1], True)"),
  /** Over the last dimension, which goes. */
  TOTAL("ReduceSum", Map.of("keepdims", 0L), -1L, "torch.sum({*}, [-1], False)"),
  /** Over the last dimension but one, which goes. */
  SUM_OF_ITEMS("ReduceSum", Map.of("keepdims", 0L), -2L, "torch.sum({*}, [-2], False)"),
  /** Over the last dimension, which stays, of size 1. */
  LARGEST(
      "ReduceMax",
      Map.of("keepdims", 1L, "axes", List.of(-1L)),
      null,
      "torch.amax({*}, [-1], True)"),
  /** Over the last dimension, which goes. */
  PLACE_OF_LARGEST("ArgMax", Map.of("keepdims", 0L, "axis", -1L), null, "torch.argmax({*}, -1)");

  private final String onnx;
  private final Map<String, Object> attributes;
  private final @Nullable Long axis;
  private final String script;

  Operation(String onnx, String script) {
    this(onnx, Map.of(), null, script);
  }

  /**
   * @param attributes Float, Long or a list of Long
   * @param axis given as one more input; null for none
   * @param script {@code {*}} stands for all operands, {@code {0}} for the first
   */
  Operation(String onnx, Map<String, Object> attributes, @Nullable Long axis, String script) {
    this.onnx = onnx;
    this.attributes = attributes;
    this.axis = axis;
    this.script = script;
  }

  String onnx() {
    return onnx;
  }

  Map<String, Object> attributes() {
    return attributes;
  }

  @Nullable Long axis() {
    return axis;
  }

  /** An expression of TorchScript. */
  String script(List<String> operands) {
    String text = script.replace("{*}", String.join(", ", operands));
    for (int i = 0; i < operands.size(); i++) {
      text = text.replace("{" + i + "}", operands.get(i));
    }
    return text;
  }
}
