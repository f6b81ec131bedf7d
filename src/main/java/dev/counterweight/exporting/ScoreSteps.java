package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.RankCopies;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.Arrays;
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
  List<Term> scores(List<String> candidates, @Nullable Term numbers, List<Term> vectors) {
    boolean linear = form.model().equals("linear");
    List<Term> parts = new ArrayList<>();
    if (numbers != null) {
      Term missing = numbers.isNaN();
      parts.add(standardised(numbers, missing));
      if (model.has("normalizer.quantiles")) {
        parts.add(copies(numbers, missing));
      }
    }
    if (!linear) {
      parts.addAll(vectors);
    }
    Term input = parts.isEmpty() ? null : calculation.step(Operation.JOIN, parts);
    return candidates.stream()
        .map(of -> input == null ? bias(of, 0) : layers(of, input))
        .map(scores -> linear ? vectors.stream().reduce(scores, Term::plus) : scores)
        .toList();
  }

  private Term bias(String candidate, int layer) {
    return calculation.constant(model.tensor(candidate + layer + ".bias"));
  }

  private Term standardised(Term values, Term missing) {
    Term z = values.minus(widened("normalizer.mean")).over(widened("normalizer.std"));
    return known(missing, z.larger(-CLIP).then(Operation.SMALLER, calculation.number(CLIP)));
  }

  /**
   * Where each value stands among the quantiles of its column; of equal ones the last counts. A
   * column whose quantiles are all alike has none.
   */
  private Term copies(Term values, Term missing) {
    List<Long> shape = model.tensor("normalizer.quantiles").shape();
    int numbers = shape.get(0).intValue();
    int intervals = shape.get(1).intValue() - 1;
    double[] quantiles = doubles(model.floats("normalizer.quantiles"));
    double[] reach = new double[numbers];
    long[] first = new long[numbers];
    for (int f = 0; f < numbers; f++) {
      int from = f * (intervals + 1);
      first[f] = from;
      reach[f] = quantiles[from] < quantiles[from + intervals] ? RankCopies.REACH : 0;
    }
    Term table = calculation.table(quantiles, numbers, intervals + 1);
    Term below = values.column().atLeast(table).toLong().total();
    Term rank = rank(values, below, new Marks(quantiles, first, intervals));
    return known(missing, rank.times(calculation.vector(reach)));
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Marks(double[] quantiles, long[] first, int intervals) {}

  /**
   * From -1 to 1, interpolated linearly.
   *
   * @param below I64[n, N]: how many quantiles are not above a value
   */
  private Term rank(Term values, Term below, Marks marks) {
    Term last = calculation.whole(marks.intervals() - 1L);
    Term one = calculation.whole(1);
    Term low = below.minus(one).larger(calculation.whole(0)).then(Operation.SMALLER, last);
    Term all = calculation.vector(marks.quantiles());
    Term place = low.plus(calculation.wholes(marks.first()));
    Term start = all.rows(place);
    Term end = all.rows(place.plus(one));
    Term share = values.minus(start).over(end.minus(start));
    // Beyond the quantiles, where equal ones may stand, the division means nothing.
    Term under = below.atMost(calculation.whole(0));
    Term over = below.then(Operation.ABOVE, calculation.whole(marks.intervals()));
    Term inside =
        low.toDouble().plus(share).times(2.0 / marks.intervals()).minus(calculation.number(1));
    return under.choose(calculation.number(-1), over.choose(1, inside));
  }

  /** In single precision; 0 where a value is missing. */
  private static Term known(Term missing, Term values) {
    return missing.choose(0, values).toFloat();
  }

  private Term layers(String candidate, Term input) {
    Term value = input;
    for (int layer = 0; model.has(candidate + layer + ".weight"); layer += 2) {
      Term inputs = layer == 0 ? value : activated(value);
      value =
          inputs.product(transposed(candidate + layer + ".weight")).plus(bias(candidate, layer));
    }
    return value;
  }

  private Term activated(Term s) {
    return switch (form.activation()) {
      case "relu" -> s.then(Operation.RELU);
      case "leaky-relu" -> s.then(Operation.LEAKY_RELU);
      case "tanh" -> s.then(Operation.TANH);
      case "sigmoid" -> s.then(Operation.SIGMOID);
      case "silu" -> s.times(s.then(Operation.SIGMOID));
      case "gelu" -> gelu(s);
      default ->
          throw new IllegalArgumentException(
              "activation '%s': written by a newer release?".formatted(form.activation()));
    };
  }

  /** s times the normal distribution's share below s. */
  private Term gelu(Term s) {
    Term half = calculation.vector(0.5f);
    Term scaled = s.times(calculation.vector((float) Math.sqrt(0.5)));
    return s.times(half.plus(half.times(scaled.then(Operation.ERROR_FUNCTION))));
  }

  /** A weight (out, in) as (in, out). */
  private Term transposed(String name) {
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
    return calculation.table(turned, in, out);
  }

  private Term widened(String name) {
    return calculation.vector(doubles(model.floats(name)));
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }
}
