package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.config.TrainerConfig;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import dev.counterweight.trainer.TrainerSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several learning rates side by side, and their moving averages. */
class CandidatesTest {
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;
  private static final int ROWS = 32;
  private static final List<Double> RATES = List.of(0.001, 0.003, 0.01);
  private static final String FACTORS = "1,3,10";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.hidden=64,32",
        "model.hidden=",
        "model=linear",
        "model.dropout=0.3",
        "gradient.clip=0.05",
        "gradient.clip=0",
        "optimizer=adamw weight.decay=0.1 adam.beta1=0.9",
        "optimizer=sgd momentum=0.9 nesterov=true",
        "schedule=warm-up schedule.warmup.steps=40",
      })
  void eachNetworkIsWhatItWouldBeAlone(String settings) {
    try (Learner all = learner(settings, "learning.rate=0.001 model.average=0.9")) {
      SortedMap<String, Tensor> drawn = all.model();
      train(all, 60);
      SafeTensors trained = new SafeTensors(all.model());
      SafeTensors moments = new SafeTensors(all.optimizer());
      for (int rate = 0; rate < RATES.size(); rate++) {
        try (Learner one = single(settings, "learning.rate=" + RATES.get(rate))) {
          String prefix = "rate." + rate + ".";
          one.check(own(drawn, prefix), one.optimizer(), one.state()).run();

          train(one, 60);

          assertSame(one.model(), trained, prefix);
          assertSame(one.optimizer(), moments, prefix);
        }
      }
    }
  }

  /** But for rounding: which kernel multiplies is libtorch's choice. */
  private static void assertSame(SortedMap<String, Tensor> alone, SafeTensors all, String prefix) {
    alone.forEach(
        (name, tensor) -> {
          if (tensor instanceof Tensor.F32 values && !name.startsWith("normalizer.")) {
            assertThat(floats(all.tensors(), prefix + name))
                .as(prefix + name)
                .containsExactly(values.values(), within(1e-5f));
          }
        });
  }

  private static SortedMap<String, Tensor> own(SortedMap<String, Tensor> all, String prefix) {
    SortedMap<String, Tensor> own = new TreeMap<>();
    all.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)) {
            own.put(name.substring(prefix.length()), tensor);
          }
        });
    return own;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gradient.clip=0.05",
        "optimizer=adamw weight.decay=0.1 adam.beta1=0.9",
        "optimizer=sgd momentum=0.9 nesterov=true",
      })
  void aGuestIsWhatALinearModelWouldBeAloneAndTheOthersAreAsWithoutIt(String settings) {
    String more = "learning.rate=0.002 model.hidden=16,8 model.average=0.9";
    try (Learner all = learner(settings + " model.guest=linear", more);
        Learner hosts = learner(settings, more);
        Learner linear = learner("model=linear " + settings, more + " model.rates=1")) {
      assertThat(all.candidates()).isEqualTo(new Candidates(3, true, true));
      SortedMap<String, Tensor> drawn = linear.model();
      drawn.replaceAll(
          (name, tensor) ->
              name.startsWith("normalizer.")
                  ? tensor
                  : new Tensor.F32(new float[floats(drawn, name).length], tensor.shape()));
      linear.check(drawn, linear.optimizer(), linear.state()).run();

      train(all, 60);
      train(hosts, 60);
      train(linear, 60);

      SafeTensors trained = new SafeTensors(all.model());
      SafeTensors moments = new SafeTensors(all.optimizer());
      assertSame(own(linear.model(), "rate.0."), trained, "linear.");
      assertSame(own(linear.model(), "average.0."), trained, "average.linear.");
      assertSame(own(linear.optimizer(), "rate.0."), moments, "linear.");
      assertThat(floats(all.model(), "average.linear.0.weight"))
          .isNotEqualTo(floats(all.model(), "linear.0.weight"));
      hosts
          .model()
          .forEach(
              (name, tensor) ->
                  assertThat(trained.tensor(name).values()).as(name).isEqualTo(tensor.values()));
      hosts
          .optimizer()
          .forEach(
              (name, tensor) ->
                  assertThat(moments.tensor(name).values()).as(name).isEqualTo(tensor.values()));
      float[] scores = all.logits(features(99), 1);
      assertThat(scores).startsWith(hosts.logits(features(99), 1)).hasSize(7 * CLASSES);
      assertThat(Arrays.copyOfRange(scores, 6 * CLASSES, 7 * CLASSES))
          .containsExactly(
              Arrays.copyOfRange(linear.logits(features(99), 1), CLASSES, 2 * CLASSES),
              within(1e-4f));
    }
  }

  @Test
  void theLossThatIsToldIsThatOfTheOthersAsIsTheNorm() {
    String more = "model.hidden=16,8 model.average=0.9";
    try (Learner all = learner("model.guest=linear", more);
        Learner hosts = learner("", more)) {
      for (int step = 0; step < 20; step++) {
        assertThat(all.step(features(step), labels(step), ones(), 0, ROWS))
            .isEqualTo(hosts.step(features(step), labels(step), ones(), 0, ROWS));
      }
    }
  }

  @Test
  void aStepIsLeftOutWhereOnlyTheGuestsGradientIsNotFinite() {
    try (Learner learner = learner("model.guest=linear", "model.average=0.9")) {
      SortedMap<String, Tensor> model = learner.model();
      float[] biases = new float[CLASSES];
      Arrays.fill(biases, Float.MAX_VALUE);
      biases[1] = -Float.MAX_VALUE;
      model.put("linear.0.bias", new Tensor.F32(biases, CLASSES));
      float[] weights = new float[2 * FEATURES * CLASSES];
      Arrays.fill(weights, Float.MAX_VALUE);
      model.put("linear.0.weight", new Tensor.F32(weights, CLASSES, 2 * FEATURES));
      learner.check(model, learner.optimizer(), learner.state()).run();

      assertThat(learner.step(features(1), labels(1), ones(), 0, ROWS).skipped()).isTrue();
      assertThat(learner.steps()).isZero();
      assertThat(floats(learner.model(), "rate.0.0.weight"))
          .isEqualTo(floats(model, "rate.0.0.weight"));
    }
  }

  @Test
  void averagesFollowTheirNetworks() {
    try (Learner learner = learner("model.hidden=4", "model.average=0.9")) {
      float[][] expected = new float[RATES.size()][];
      for (int rate = 0; rate < RATES.size(); rate++) {
        expected[rate] = weights(learner, "rate." + rate).clone();
        assertThat(weights(learner, "average." + rate)).isEqualTo(expected[rate]);
      }
      for (int step = 1; step <= 100; step++) {
        train(learner, 1);
        double kept = Math.min(0.9, (1.0 + step) / (10.0 + step));
        for (int rate = 0; rate < RATES.size(); rate++) {
          float[] now = weights(learner, "rate." + rate);
          for (int i = 0; i < now.length; i++) {
            expected[rate][i] = (float) (kept * expected[rate][i] + (1 - kept) * now[i]);
          }
          assertThat(weights(learner, "average." + rate))
              .as("average %d after step %d", rate, step)
              .containsExactly(expected[rate], within(1e-5f));
        }
      }
    }
  }

  private static float[] weights(Learner learner, String candidate) {
    return new SafeTensors(learner.model()).floats(candidate + ".0.weight", 4, 2 * FEATURES);
  }

  @Test
  void aSingleNetworkMayHaveAnAverageAndIsTrainedAsWithoutOne() {
    try (Learner averaged = learner("model.rates=1", "model.average=0.99");
        Learner alone = single("model.rates=1", "")) {
      assertThat(averaged.candidates()).isEqualTo(new Candidates(1, true, false));
      train(averaged, 20);
      train(alone, 20);

      assertSame(alone.model(), new SafeTensors(averaged.model()), "rate.0.");
      assertThat(averaged.model()).containsKey("average.0.0.weight");
    }
  }

  @Test
  void scoresAreOfEachCandidateInTurn() {
    try (Learner learner = learner("model.hidden=4", "model.average=0.9")) {
      train(learner, 10);
      float[] rows = Arrays.copyOf(features(99), 2 * FEATURES);
      float[] scores = learner.logits(rows, 2);
      SortedMap<String, Tensor> model = learner.model();

      assertThat(scores).hasSize(2 * 6 * CLASSES);
      for (int candidate = 0; candidate < 6; candidate++) {
        try (Learner one = single("model.hidden=4", "")) {
          SortedMap<String, Tensor> own = own(model, learner.candidates().prefix(candidate));
          model.forEach((name, tensor) -> own.computeIfAbsent(name, n -> shared(n, tensor)));
          one.check(own, one.optimizer(), learner.state()).run();
          float[] alone = one.logits(rows, 2);
          for (int row = 0; row < 2; row++) {
            int from = (row * 6 + candidate) * CLASSES;
            assertThat(Arrays.copyOfRange(scores, from, from + CLASSES))
                .isEqualTo(Arrays.copyOfRange(alone, row * CLASSES, (row + 1) * CLASSES));
          }
        }
      }
    }
  }

  private static @Nullable Tensor shared(String name, Tensor tensor) {
    return name.startsWith("normalizer.") ? tensor : null;
  }

  @Test
  void aLearnerThatTakesOverGoesOnToTheSameBytes() {
    for (String settings :
        List.of(
            "model.hidden=16,8",
            "model=linear",
            "optimizer=sgd momentum=0.9",
            "model.guest=linear model.hidden=1")) {
      try (Learner first = withCategory(settings);
          Learner second = withCategory(settings)) {
        trainWithCategory(first, 0, 30);
        second.check(first.model(), first.optimizer(), first.state()).run();
        trainWithCategory(first, 30, 60);
        trainWithCategory(second, 30, 60);

        assertThat(bytes(second.model())).isEqualTo(bytes(first.model()));
        assertThat(bytes(second.optimizer())).isEqualTo(bytes(first.optimizer()));
      }
    }
  }

  @Test
  void aStepOfWhichOneNetworkIsNotFiniteChangesNothing() {
    try (Learner learner = learner("model.hidden=4", "model.average=0.9")) {
      SortedMap<String, Tensor> parameters = learner.model();
      // Scores are finite, the gradient behind units so large is not.
      parameters.put("rate.1.0.bias", filled(3e38f, 4));
      parameters.put("rate.1.2.weight", filled(0, CLASSES, 4));
      learner.check(parameters, learner.optimizer(), learner.state()).run();
      byte[] model = bytes(learner.model());
      byte[] moments = bytes(learner.optimizer());

      StepResult result = learner.step(features(1), labels(1), ones(), 0, ROWS);

      assertThat(result.skipped()).isTrue();
      assertThat(learner.steps()).isZero();
      assertThat(bytes(learner.model())).isEqualTo(model);
      assertThat(bytes(learner.optimizer())).isEqualTo(moments);
    }
  }

  private static Tensor filled(float value, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (x, y) -> x * y)];
    Arrays.fill(values, value);
    return new Tensor.F32(values, shape);
  }

  @Test
  void tensorsOfEveryCandidateHaveItsName() {
    try (Learner learner = learner("model=linear model.quantiles=0", "model.average=0.9")) {
      assertThat(learner.model().keySet())
          .containsExactly(
              "average.0.0.bias",
              "average.0.0.weight",
              "average.1.0.bias",
              "average.1.0.weight",
              "average.2.0.bias",
              "average.2.0.weight",
              "normalizer.mean",
              "normalizer.std",
              "rate.0.0.bias",
              "rate.0.0.weight",
              "rate.1.0.bias",
              "rate.1.0.weight",
              "rate.2.0.bias",
              "rate.2.0.weight");
      assertThat(learner.optimizer().keySet())
          .contains("rate.2.0.weight.exp_avg", "rate.0.0.bias.exp_avg_sq", "step")
          .hasSize(13);
      assertThat(learner.unsound()).isEmpty();
    }
  }

  /** The tables are one for all: moved by the mean of what the networks ask for. */
  @ParameterizedTest
  @ValueSource(strings = {"model.hidden=8", "model=linear"})
  void embeddingsMoveByTheMeanGradientAtTheLearningRate(String kind) {
    String settings = kind + " optimizer=sgd gradient.clip=0 learning.rate=0.5";
    try (Learner all = withCategory(settings)) {
      SortedMap<String, Tensor> before = all.model();
      String table = "embedding.c.weight";
      trainWithCategory(all, 0, 1);
      float[] moved = floats(all.model(), table);
      float[] drawn = floats(before, table);
      double[] mean = new double[drawn.length];
      for (int rate = 0; rate < RATES.size(); rate++) {
        try (Learner one = withCategory(settings + " model.rates=1 model.average=0")) {
          SortedMap<String, Tensor> own = own(before, "rate." + rate + ".");
          one.model().forEach(own::putIfAbsent);
          own.put(table, Objects.requireNonNull(before.get(table)));
          one.check(own, one.optimizer(), one.state()).run();
          trainWithCategory(one, 0, 1);
          float[] alone = floats(one.model(), table);
          for (int i = 0; i < mean.length; i++) {
            mean[i] += ((double) alone[i] - drawn[i]) / RATES.size();
          }
        }
      }
      for (int i = 0; i < mean.length; i++) {
        assertThat(moved[i] - drawn[i]).isCloseTo((float) mean[i], within(1e-6f));
      }
      assertThat(moved).isNotEqualTo(drawn);
    }
  }

  private static float[] floats(SortedMap<String, Tensor> tensors, String name) {
    return ((Tensor.F32) Objects.requireNonNull(tensors.get(name))).values();
  }

  private static Learner withCategory(String settings) {
    return primed(
        new Learner(
            config("model.rates=" + FACTORS + " model.average=0.9 model.guest=none " + settings),
            Numbers.andCategory(FEATURES - 1),
            CLASSES,
            1));
  }

  private static void trainWithCategory(Learner learner, int from, int to) {
    for (int step = from; step < to; step++) {
      float[] rows = features(step);
      for (int row = 0; row < ROWS; row++) {
        rows[row * FEATURES + FEATURES - 1] = (row + step) % 17;
      }
      learner.step(rows, labels(step), ones(), 0, ROWS);
    }
  }

  private static Learner learner(String settings, String more) {
    return primed(
        new Learner(
            config("model.rates=" + FACTORS + " model.guest=none " + settings + " " + more),
            Numbers.of(FEATURES),
            CLASSES,
            1));
  }

  private static Learner primed(Learner learner) {
    learner.normalizer().update(features(7), ones(), ROWS);
    return learner;
  }

  private static Learner single(String settings, String more) {
    return learner(settings, more + " model.rates=1 model.average=0");
  }

  private static TrainerConfig config(String settings) {
    Map<String, String> values = new HashMap<>(Map.of("device", TestDevice.NAME));
    for (String setting : settings.strip().split(" +")) {
      String[] parts = setting.split("=", 2);
      values.put(parts[0], parts[1]);
    }
    if ("linear".equals(values.get("model"))) {
      values.keySet().removeAll(List.of("model.guest", "model.hidden"));
    }
    return TrainerSettings.of(values);
  }

  private static void train(Learner learner, int steps) {
    for (int step = 0; step < steps; step++) {
      learner.step(features(step), labels(step), ones(), 0, ROWS);
    }
  }

  private static float[] ones() {
    float[] weights = new float[ROWS];
    Arrays.fill(weights, 1);
    return weights;
  }

  private static byte[] bytes(SortedMap<String, Tensor> tensors) {
    return new SafeTensors(tensors).toBytes();
  }

  private static float[] features(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[ROWS * FEATURES];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() * 10 - 3;
    }
    return values;
  }

  private static long[] labels(long seed) {
    return new SplittableRandom(seed).longs(ROWS, 0, CLASSES).toArray();
  }
}
