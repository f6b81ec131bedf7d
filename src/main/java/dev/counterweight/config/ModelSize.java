package dev.counterweight.config;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.FeatureSchema;
import java.util.List;
import java.util.stream.Collectors;

/** How large the batches and the tables of categories may be that a model is trained with. */
final class ModelSize {
  /** 1 GiB in float32: one array of the JVM holds a batch, with room to grow. */
  private static final long MAX_BATCH_VALUES = 1L << 28;

  /** 256 MiB of weights; with adam's moments thrice that, of which 512 MiB are one file. */
  private static final long MAX_TABLE_VALUES = 1L << 26;

  private ModelSize() {}

  static void check(TrainerConfig trainer, EventSchema schema, Problems problems) {
    batch(trainer, schema, problems);
    if (trainer.model().kind() != ModelConfig.Kind.TORCHSCRIPT) { // which has tables of its own
      tables(trainer.model().kind() == ModelConfig.Kind.LINEAR, schema, problems);
    }
  }

  private static void batch(TrainerConfig trainer, EventSchema schema, Problems problems) {
    ModelConfig model = trainer.model();
    long widest = Math.max(inputs(schema.features(), model), schema.classCount());
    if (model.kind() == ModelConfig.Kind.MLP) {
      widest = Math.max(widest, model.hidden().stream().mapToLong(size -> size).max().orElse(0));
    }
    int networks = model.candidates().networks();
    long values = trainer.batchSize() * widest * networks;
    if (values > MAX_BATCH_VALUES) {
      problems.add(
          "%s=%d: the widest of features (with %s, twice), layers and classes has %,d values a"
              + " row, %,d a batch%s: must be at most %,d",
          TrainerKeys.BATCH_SIZE,
          trainer.batchSize(),
          TrainerKeys.QUANTILES,
          widest,
          values,
          networks == 1 ? "" : " of " + networks + " networks",
          MAX_BATCH_VALUES);
    }
  }

  /** How many values of a row a model's first layer takes. */
  private static long inputs(FeatureSchema features, ModelConfig model) {
    if (model.kind() == ModelConfig.Kind.TORCHSCRIPT) {
      return features.columnCount();
    }
    long numbers = features.columns().stream().filter(column -> !column.isRow()).count();
    long embedded = features.embeddings().stream().mapToLong(e -> e.table().width()).sum();
    return (model.quantiles() > 0 ? 2 : 1) * numbers + embedded;
  }

  private static void tables(boolean linear, EventSchema schema, Problems problems) {
    List<Embedding> tables = schema.features().embeddings();
    long all =
        tables.stream().mapToLong(t -> (long) t.table().buckets() * width(t, linear, schema)).sum();
    if (all > MAX_TABLE_VALUES) {
      problems.add(
          "the embeddings of the features (feature.NAME.buckets x %s: %s) have %,d values: must be"
              + " at most %,d",
          linear ? "classes with model=linear" : "feature.NAME.width",
          tables.stream()
              .map(
                  t ->
                      "%s %d x %d"
                          .formatted(t.feature(), t.table().buckets(), width(t, linear, schema)))
              .limit(5)
              .collect(Collectors.joining(", ")),
          all,
          MAX_TABLE_VALUES);
    }
  }

  private static int width(Embedding table, boolean linear, EventSchema schema) {
    return linear ? schema.classCount() : table.table().width();
  }
}
