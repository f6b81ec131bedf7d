package dev.counterweight.batch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MiniBatchRulesTest {
  private static final int FEATURES = 3;
  private static final int CLASSES = 2;
  private static final int ROWS = 2;

  @Test
  void aWholeRecordIsTaken() {
    assertThatCode(() -> MiniBatchRules.require(record(), FEATURES, CLASSES))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatDoesNotFitIsNamed(String name, Tensor tensor, String rule) {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(record(), FEATURES));
    SortedMap<String, Tensor> tensors = new TreeMap<>(file.tensors());
    tensors.put(name, tensor);
    MiniBatch wrong = MiniBatchFormat.read(new SafeTensors(tensors, file.metadata()).toBytes());

    assertThatThrownBy(() -> MiniBatchRules.require(wrong, FEATURES, CLASSES))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("tensor '%s' has".formatted(name))
        .hasMessageContaining(rule);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of(
            "features", f32(1, 2, 3, 4, 5), "must have 6, 2 rows of this job's 3 features"),
        Arguments.of("features", f32(1, 2, Float.NaN, 4, 5, 6), "must be a finite number"),
        Arguments.of("labels", new Tensor.I64(new long[] {0, 2}, 2), "label 2: this job's"),
        Arguments.of("labels", new Tensor.I64(new long[] {-1, 0}, 2), "label -1: this job's"),
        Arguments.of("loss_weight", f32(1), "must have 2"),
        Arguments.of("loss_weight", f32(1, Float.POSITIVE_INFINITY), "at least 0 and finite"),
        Arguments.of("loss_weight", f32(-1, 1), "at least 0 and finite"),
        Arguments.of("source_partition", new Tensor.I32(new int[1], 1), "must have 2"),
        Arguments.of("source_offset", new Tensor.I64(new long[3], 3), "must have 2"),
        Arguments.of("fresh", new Tensor.U8(new byte[1], 1), "must have 2"),
        Arguments.of("eval_labels", new Tensor.I64(new long[] {7, 0}, 2), "label 7: this job's"),
        Arguments.of("eval_features", f32(1, 2, 3, 4, 5, Float.NEGATIVE_INFINITY), "finite number"),
        Arguments.of("eval_weights", f32(0, 1), "above 0 and finite"),
        Arguments.of("eval_weights", f32(1), "must have 2"),
        Arguments.of("eval_source_partition", new Tensor.I32(new int[0], 0), "must have 2"),
        Arguments.of("eval_source_offset", new Tensor.I64(new long[0], 0), "must have 2"),
        Arguments.of("prior", f32(1), "must have 2"),
        Arguments.of("prior", f32(1.5f, 0), "at least 0 and at most 1"),
        Arguments.of("class_weight", f32(1), "must have 2"),
        Arguments.of("class_weight", f32(Float.NaN, 1), "at least 0 and finite"),
        Arguments.of("uses", f32(1, 1, 1), "must have 2"),
        Arguments.of("eval_prior", f32(1), "must have 2"),
        Arguments.of("eval_class_weight", f32(-1, 1), "at least 0 and finite"));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void recordThatBreaksAPromiseIsNeitherWrittenNorRead(String name, Tensor tensor, String line) {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(record(), FEATURES));
    SortedMap<String, Tensor> tensors = new TreeMap<>(file.tensors());
    tensors.put(name, tensor);
    MiniBatch broken = MiniBatchFormat.read(new SafeTensors(tensors, file.metadata()).toBytes());

    for (ThrowingCallable look :
        List.<ThrowingCallable>of(
            () -> MiniBatchRules.requirePromises(broken),
            () -> MiniBatchRules.require(broken, FEATURES, CLASSES))) {
      assertThatThrownBy(look).isInstanceOf(InvariantException.class).hasMessageStartingWith(line);
    }
  }

  static Stream<Arguments> broken() {
    String order =
        "partition 0: evaluation rows are of events that their record covers, each once and in"
            + " order: expected an offset from %d to 8, found %d;";
    return Stream.of(
        Arguments.of("eval_source_offset", i64(2, 3), order.formatted(3, 2)),
        Arguments.of("eval_source_offset", i64(3, 9), order.formatted(4, 9)),
        Arguments.of("eval_source_offset", i64(5, 4), order.formatted(6, 4)),
        Arguments.of("eval_source_offset", i64(5, 5), order.formatted(6, 5)),
        Arguments.of(
            "eval_source_partition",
            new Tensor.I32(new int[] {0, 1}, 2),
            "partition 1: evaluation rows are of events that their record covers, each once and in"
                + " order: expected an offset from 0 to -1, found 8;"),
        Arguments.of(
            "eval_weights",
            f32(1, 0.5f),
            "an evaluation row weighs 1/e_c, e_c a probability: expected at least 1, found 0.5;"),
        Arguments.of(
            "source_offset",
            i64(0, 9),
            "partition 0: no event is drawn before it is covered: expected an offset below 9, found"
                + " 9;"));
  }

  private static Tensor i64(long... values) {
    return new Tensor.I64(values, values.length);
  }

  private static Tensor f32(float... values) {
    return new Tensor.F32(values, values.length);
  }

  private static MiniBatch record() {
    return new MiniBatch(
        new MiniBatch.Draws(
            new float[ROWS * FEATURES],
            new long[] {0, 1},
            new float[] {1, 0},
            new int[ROWS],
            new long[ROWS],
            new byte[] {0, 1}),
        new MiniBatch.EvaluationSlice(
            new float[ROWS * FEATURES],
            new long[] {1, 0},
            new float[] {1, 10},
            new int[ROWS],
            new long[] {3, 8}),
        MiniBatch.Known.nothing(CLASSES),
        new float[] {0.9f, 0.1f},
        new float[] {0.5f, 5},
        new float[] {1, 8},
        new MiniBatch.Origin(
            "fraud",
            1,
            new TreeMap<>(Map.of(0, new Span(3, 9))),
            new TreeMap<>(),
            0,
            1,
            new StreamIdentity("c", "t"),
            null));
  }
}
