package dev.counterweight.inference;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.Schema;
import dev.counterweight.loss.LossConfig;
import dev.counterweight.serving.Activation;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.DecisionRule;
import dev.counterweight.serving.Dense;
import dev.counterweight.serving.EmbeddingRows;
import dev.counterweight.serving.LayeredScores;
import dev.counterweight.serving.ModelId;
import dev.counterweight.serving.Normalisation;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.serving.ServingNumbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Models that need no training: their weights are drawn by the step that they are named by. */
public final class TestModels {
  private TestModels() {}

  /** Names f0, f1, ... */
  public static List<String> names(int features) {
    return IntStream.range(0, features).mapToObj(f -> "f" + f).toList();
  }

  /** A network with layers of 64 and 32. */
  public static ServedModel mlp(FeatureSchema features, List<String> classes, long step) {
    Random random = new Random(step);
    int numbers = Normalisation.numbers(features).length;
    float[] mean = new float[numbers];
    float[] std = new float[numbers];
    Arrays.fill(std, 1);
    List<EmbeddingRows> tables = new ArrayList<>();
    int width = numbers;
    for (Embedding table : features.embeddings()) {
      int values = table.table().width();
      tables.add(
          new EmbeddingRows(
              table, values, drawn(random, table.table().buckets() * values), values));
      width += values;
    }
    List<Dense> layers =
        List.of(dense(random, width, 64), dense(random, 64, 32), dense(random, 32, classes.size()));
    return new ServedModel(
        new ModelId(step, "step-" + step, "%064x".formatted(step)),
        new Schema(features.names(), features.kinds(), "label", classes),
        features,
        new LayeredScores(
            features.columnCount(),
            new Normalisation(features, mean, std, null),
            tables,
            List.of(layers),
            Activation.RELU,
            false),
        null,
        numbers(classes));
  }

  /** Numbers that leave the network's own probabilities as they are. */
  public static ServingNumbers numbers(List<String> classes) {
    float[] ones = new float[classes.size()];
    Arrays.fill(ones, 1);
    float[] prior = new float[classes.size()];
    Arrays.fill(prior, 1f / classes.size());
    return new ServingNumbers(
        new LossConfig(
            LossConfig.Kind.CROSS_ENTROPY, 0, 0, 0, 0, 1, LossConfig.Reduction.MEAN, false),
        prior,
        ones,
        ones,
        new double[] {1},
        null,
        null,
        null,
        new double[0],
        new DecisionRule(new DecisionConfig.Scores(), classes),
        null);
  }

  /** Models that are all loaded, the first in use; none of them is missed. */
  public static ModelSource source(ServedModel... models) {
    return new ModelSource() {
      @Override
      public List<ServedModel> loaded() {
        return List.of(models);
      }

      @Override
      public Optional<String> obstacle() {
        return Optional.empty();
      }
    };
  }

  private static Dense dense(Random random, int inputs, int outputs) {
    return new Dense(
        inputs, outputs, drawn(random, inputs * outputs), 0, drawn(random, outputs), 0);
  }

  private static float[] drawn(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() / 8;
    }
    return values;
  }
}
