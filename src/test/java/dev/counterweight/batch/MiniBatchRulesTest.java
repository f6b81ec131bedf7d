package dev.counterweight.batch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.FeatureSchema;
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
  private static final MiniBatchRules RULES =
      new MiniBatchRules(FeatureSchema.ofNumbers(List.of("a", "b", "c")), CLASSES, false);

  @Test
  void aWholeRecordIsTaken() {
    assertThatCode(() -> RULES.require(record())).doesNotThrowAnyException();
  }

  @Test
  void aDrawThatReplacesItsOwnClassOrNoneIsNotWritten() {
    assertThatCode(() -> RULES.requirePromises(Batches.replacing(record(), 1, -1)))
        .doesNotThrowAnyException();
    assertThatCode(() -> RULES.require(Batches.replacing(record(), 1, 0)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> RULES.requirePromises(Batches.replacing(record(), -1, 1)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("of class 1 replaces is another class")
        .hasMessageContaining("-1 to 1 and not its own, found 1");
  }

  @Test
  void aRecordWithoutTheRecentLabelsThatItIsToTellIsNotWritten() {
    MiniBatchRules telling =
        new MiniBatchRules(FeatureSchema.ofNumbers(List.of("a", "b", "c")), CLASSES, true);
    assertThatThrownBy(() -> telling.requirePromises(record()))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("tells the shares of recent labels before each evaluation row")
        .hasMessageContaining("found after partitions []: must be of ");
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatDoesNotFitIsNamed(String name, Tensor tensor, String rule) {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(record(), FEATURES));
    SortedMap<String, Tensor> tensors = new TreeMap<>(file.tensors());
    tensors.put(name, tensor);
    MiniBatch wrong = MiniBatchFormat.read(new SafeTensors(tensors, file.metadata()).toBytes());

    assertThatThrownBy(() -> RULES.require(wrong))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("tensor '%s' has".formatted(name))
        .hasMessageContaining(rule);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("features", f32(1, 2, 3, 4, 5), "must have 6, 2 rows of this job's 3 columns"),
        Arguments.of("features", f32(1, 2, Float.NaN, 4, 5, 6), "must be a finite number"),
        Arguments.of("labels", new Tensor.I64(new long[] {0, 2}, 2), "label 2: this job's"),
        Arguments.of("labels", new Tensor.I64(new long[] {-1, 0}, 2), "label -1: this job's"),
        Arguments.of("loss_weight", f32(1), "must have 2"),
        Arguments.of("loss_weight", f32(1, Float.POSITIVE_INFINITY), "at least 0 and finite"),
        Arguments.of("loss_weight", f32(-1, 1), "at least 0 and finite"),
        Arguments.of("source_partition", new Tensor.I32(new int[1], 1), "must have 2"),
        Arguments.of("source_offset", new Tensor.I64(new long[3], 3), "must have 2"),
        Arguments.of("replaces", i32(-1), "must have 2"),
        Arguments.of("replaces", i32(-1, -2), "-2 in row 1 of class 1: must be another of"),
        Arguments.of("replaces", i32(2, -1), "2 in row 0 of class 0: must be another of"),
        Arguments.of("replaces", i32(0, -1), "0 in row 0 of class 0: must be another of"),
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
            () -> RULES.requirePromises(broken), () -> RULES.require(broken))) {
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

  /** Columns x, x.missing, c, t[0], t[1] and t[2]. */
  private static final FeatureSchema LAYOUT =
      FeatureSchema.of(
          List.of("x", "c", "t"),
          List.of(
              "number(missing=mean)",
              "category(buckets=4,width=2,seed=1)",
              "categories(buckets=4,width=2,seed=1,items=3)"));

  private static final MiniBatchRules TYPED = new MiniBatchRules(LAYOUT, CLASSES, false);

  @ParameterizedTest
  @MethodSource("rightRows")
  void valuesThatTheirColumnsMayHaveAreWrittenAndRead(float[] row) {
    assertThatCode(() -> TYPED.requirePromises(typed(row))).doesNotThrowAnyException();
    assertThatCode(() -> TYPED.require(typed(row))).doesNotThrowAnyException();
  }

  static Stream<float[]> rightRows() {
    return Stream.of(
        new float[] {-7.5f, 0, 3, 0, -1, -1},
        new float[] {Float.NaN, 1, 0, 3, 2, -1},
        new float[] {0, 0, 1, 1, 1, 1});
  }

  @ParameterizedTest
  @MethodSource("wrongRows")
  void aValueThatItsColumnMayNotHaveIsNeitherWrittenNorRead(
      String column, String rule, float[] row) {
    assertThatThrownBy(() -> TYPED.requirePromises(typed(row)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("column '%s' of a record's draws".formatted(column))
        .hasMessageContaining("expected " + rule);
    assertThatThrownBy(() -> TYPED.require(typed(row)))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("tensor 'features' has the value")
        .hasMessageContaining("in column '%s' of row 0: must be %s".formatted(column, rule));
  }

  static Stream<Arguments> wrongRows() {
    float nan = Float.NaN;
    String row = "a whole number from 0 to 3";
    return Stream.of(
        Arguments.of("x", "a finite number, or NaN", row(Float.POSITIVE_INFINITY, 0, 0, 0, -1, -1)),
        Arguments.of("x.missing", "0 or 1", row(0, nan, 0, 0, -1, -1)),
        Arguments.of("x.missing", "0 or 1", row(0, 0.5f, 0, 0, -1, -1)),
        Arguments.of("c", row, row(0, 0, nan, 0, -1, -1)),
        Arguments.of("c", row, row(0, 0, -1, 0, -1, -1)),
        Arguments.of("c", row, row(0, 0, 4, 0, -1, -1)),
        Arguments.of("c", row, row(0, 0, 1.5f, 0, -1, -1)),
        Arguments.of("t[0]", row, row(0, 0, 0, -1, -1, -1)),
        Arguments.of("t[1]", row + ", or -1", row(0, 0, 0, 0, -2, -1)),
        Arguments.of("t[2]", "-1 behind the last row", row(0, 0, 0, 0, -1, 2)));
  }

  @Test
  void whatWasMissingIsToldWhereAnyFeatureMayBe() {
    MiniBatch silent = typed(row(1, 0, 0, 0, -1, -1));
    MiniBatch untold = withMissing(silent);

    assertThatThrownBy(() -> TYPED.requirePromises(untold))
        .isInstanceOf(InvariantException.class)
        .hasMessageStartingWith(
            "a record tells what was missing, of every feature where any may be: expected 3, found"
                + " 0");
    assertThatCode(() -> TYPED.require(untold))
        .as("of a release before")
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> TYPED.require(withMissing(silent, 1)))
        .hasMessageContaining("tensor 'eval_missing' has 1 values: must have 3");
    assertThatThrownBy(() -> TYPED.require(withMissing(silent, 5, 0, 0)))
        .hasMessageContaining(
            "5.0 of feature 0: must be at least 0 and at most what the rows weigh");
    assertThatThrownBy(() -> TYPED.require(withMissing(silent, 0, 1, 0)))
        .hasMessageContaining("1.0 of feature 1: must be at least 0 and at most 0");
  }

  private static float[] row(float... values) {
    return values;
  }

  private static MiniBatch withMissing(MiniBatch batch, float... missing) {
    return Batches.with(
        batch, batch.draws(), batch.evaluation().withMissing(missing), batch.origin());
  }

  /** A record of one draw and one evaluation row, alike. */
  private static MiniBatch typed(float[] row) {
    MiniBatch plain = record();
    return Batches.with(
        plain,
        new MiniBatch.Draws(
            row, new long[1], new float[] {1}, new int[1], new long[1], new byte[1]),
        new MiniBatch.EvaluationSlice(
            row, new long[1], new float[] {4}, new int[1], new long[] {3}, new float[3]),
        plain.origin());
  }

  private static Tensor i64(long... values) {
    return new Tensor.I64(values, values.length);
  }

  private static Tensor i32(int... values) {
    return new Tensor.I32(values, values.length);
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
