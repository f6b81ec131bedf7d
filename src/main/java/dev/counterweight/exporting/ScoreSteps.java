package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.RankCopies;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From columns and vectors to the raw scores of the model's candidates. Not thread-safe. */
final class ScoreSteps {
  private static final double CLIP = 10;

  private final CalculationBuilder calculation;
  private final CheckpointManifest.Layers form;
  private final SafeTensors model;

  ScoreSteps(CalculationBuilder calculation, CheckpointManifest.Layers form, SafeTensors model) {
    this.calculation = calculation;
    this.form = form;
    this.model = model;
  }

  /**
   * Raw scores F32[n, K], of each candidate.
   *
   * @param candidates what the names of each one's parameters begin with
   * @param numbers F64[n, N] as they are, NaN where missing; null without columns that are numbers
   * @param vectors F32[n, width] of the categories
   */
  List<String> scores(List<String> candidates, @Nullable String numbers, List<String> vectors) {
    boolean linear = form.model().equals("linear");
    List<String> parts = new ArrayList<>();
    if (numbers != null) {
      String missing = calculation.step(Operation.IS_NAN, numbers);
      parts.add(standardised(numbers, missing));
      if (model.has("normalizer.quantiles")) {
        parts.add(copies(numbers, missing));
      }
    }
    if (!linear) {
      parts.addAll(vectors);
    }
    String input = parts.isEmpty() ? null : calculation.step(Operation.JOIN, parts);
    return candidates.stream()
        .map(of -> input == null ? calculation.constant(bias(of, 0)) : layers(of, input))
        .map(scores -> linear ? plus(scores, vectors) : scores)
        .toList();
  }

  private String plus(String scores, List<String> vectors) {
    List<String> terms = new ArrayList<>(vectors);
    terms.add(0, scores);
    return calculation.sum(terms);
  }

  private Tensor bias(String candidate, int layer) {
    return model.tensor(candidate + layer + ".bias");
  }

  private String standardised(String values, String missing) {
    String centred = calculation.step(Operation.SUBTRACT, values, widened("normalizer.mean"));
    String z = calculation.step(Operation.DIVIDE, centred, widened("normalizer.std"));
    return known(missing, calculation.between(z, -CLIP, CLIP));
  }

  /**
   * Where each value stands among the quantiles of its column; of equal ones the last counts. A
   * column whose quantiles are all alike has none.
   */
  private String copies(String values, String missing) {
    List<Long> shape = model.tensor("normalizer.quantiles").shape();
    int numbers = shape.get(0).intValue();
    int intervals = shape.get(1).intValue() - 1;
    float[] quantiles = model.floats("normalizer.quantiles");
    double[] reach = new double[numbers];
    long[] first = new long[numbers];
    for (int f = 0; f < numbers; f++) {
      int from = f * (intervals + 1);
      first[f] = from;
      reach[f] = quantiles[from] < quantiles[from + intervals] ? RankCopies.REACH : 0;
    }
    String table = calculation.doubles(doubles(quantiles), numbers, intervals + 1);
    String below =
        calculation.step(
            Operation.TOTAL,
            calculation.step(
                Operation.TO_LONG,
                calculation.step(
                    Operation.AT_LEAST, calculation.step(Operation.COLUMN, values), table)));
    String rank = rank(values, below, new Marks(doubles(quantiles), first, intervals));
    String scale = calculation.doubles(reach, numbers);
    return known(missing, calculation.step(Operation.MULTIPLY, rank, scale));
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Marks(double[] quantiles, long[] first, int intervals) {}

  /**
   * From -1 to 1, interpolated linearly.
   *
   * @param below I64[n, N]: how many quantiles are not above a value
   */
  private String rank(String values, String below, Marks marks) {
    String last = calculation.whole(marks.intervals() - 1L);
    String one = calculation.whole(1);
    String low =
        calculation.step(
            Operation.SMALLER,
            calculation.step(
                Operation.LARGER,
                calculation.step(Operation.SUBTRACT, below, one),
                calculation.whole(0)),
            last);
    String all = calculation.doubles(marks.quantiles(), marks.quantiles().length);
    String place =
        calculation.step(
            Operation.ADD,
            low,
            calculation.constant(new Tensor.I64(marks.first(), marks.first().length)));
    String start = calculation.step(Operation.ROWS, all, place);
    String end = calculation.step(Operation.ROWS, all, calculation.step(Operation.ADD, place, one));
    String share =
        calculation.step(
            Operation.DIVIDE,
            calculation.step(Operation.SUBTRACT, values, start),
            calculation.step(Operation.SUBTRACT, end, start));
    // Beyond the quantiles, where equal ones may stand, the division means nothing.
    String under = calculation.step(Operation.AT_MOST, below, calculation.whole(0));
    String over = calculation.step(Operation.ABOVE, below, calculation.whole(marks.intervals()));
    String steps =
        calculation.step(Operation.ADD, calculation.step(Operation.TO_DOUBLE, low), share);
    String inside =
        calculation.step(
            Operation.SUBTRACT,
            calculation.step(
                Operation.MULTIPLY, steps, calculation.number(2.0 / marks.intervals())),
            calculation.number(1));
    return calculation.step(
        Operation.CHOICE,
        under,
        calculation.number(-1),
        calculation.step(Operation.CHOICE, over, calculation.number(1), inside));
  }

  /** In single precision; 0 where a value is missing. */
  private String known(String missing, String values) {
    return calculation.step(
        Operation.TO_FLOAT,
        calculation.step(Operation.CHOICE, missing, calculation.number(0), values));
  }

  private String layers(String candidate, String input) {
    String value = input;
    for (int layer = 0; model.has(candidate + layer + ".weight"); layer += 2) {
      value = layer == 0 ? value : activated(value);
      value =
          calculation.step(
              Operation.ADD,
              calculation.step(Operation.PRODUCT, value, transposed(candidate + layer + ".weight")),
              calculation.constant(bias(candidate, layer)));
    }
    return value;
  }

  private String activated(String s) {
    return switch (form.activation()) {
      case "relu" -> calculation.step(Operation.RELU, s);
      case "leaky-relu" -> calculation.step(Operation.LEAKY_RELU, s);
      case "tanh" -> calculation.step(Operation.TANH, s);
      case "sigmoid" -> calculation.step(Operation.SIGMOID, s);
      case "silu" ->
          calculation.step(Operation.MULTIPLY, s, calculation.step(Operation.SIGMOID, s));
      case "gelu" -> gelu(s);
      default ->
          throw new IllegalArgumentException(
              "activation '%s': written by a newer release?".formatted(form.activation()));
    };
  }

  /** s times the normal distribution's share below s. */
  private String gelu(String s) {
    String half = calculation.floats(new float[] {0.5f}, 1);
    String scaled =
        calculation.step(
            Operation.MULTIPLY, s, calculation.floats(new float[] {(float) Math.sqrt(0.5)}, 1));
    String share =
        calculation.step(
            Operation.ADD,
            half,
            calculation.step(
                Operation.MULTIPLY, half, calculation.step(Operation.ERROR_FUNCTION, scaled)));
    return calculation.step(Operation.MULTIPLY, s, share);
  }

  /** A weight (out, in) as (in, out). */
  private String transposed(String name) {
    List<Long> shape = model.tensor(name).shape();
    int out = shape.get(0).intValue();
    int in = shape.get(1).intValue();
    float[] weight = model.floats(name);
    float[] turned = new float[weight.length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        turned[i * out + o] = weight[o * in + i];
      }
    }
    return calculation.floats(turned, in, out);
  }

  private String widened(String name) {
    float[] values = model.floats(name);
    return calculation.doubles(doubles(values), values.length);
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
