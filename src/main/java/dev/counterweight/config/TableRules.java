package dev.counterweight.config;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.EventSchema;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How large the tables of categories may be that a model trains. */
final class TableRules {
  /** 256 MiB of weights; with adam's moments thrice that, of which 512 MiB are one file. */
  static final long MAX_VALUES = 1L << 26;

  private TableRules() {}

  /** A line if they are larger; empty if they are not. */
  static List<String> problems(ModelConfig model, EventSchema schema) {
    if (model.kind() == ModelConfig.Kind.TORCHSCRIPT) {
      return List.of(); // it has what it does with categories in its own file
    }
    boolean linear = model.kind() == ModelConfig.Kind.LINEAR;
    List<Embedding> tables = schema.features().embeddings();
    long all = 0;
    for (Embedding table : tables) {
      all +=
          (long) table.table().buckets() * (linear ? schema.classCount() : table.table().width());
    }
    if (all <= MAX_VALUES) {
      return List.of();
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "the embeddings of the features (feature.NAME.buckets x %s: %s) have %,d values: must"
                + " be at most %,d",
            linear ? "classes with model=linear" : "feature.NAME.width",
            tables.stream()
                .map(
                    table ->
                        "%s %d x %d"
                            .formatted(
                                table.feature(),
                                table.table().buckets(),
                                linear ? schema.classCount() : table.table().width()))
                .limit(5)
                .collect(Collectors.joining(", ")),
            all,
            MAX_VALUES));
  }
}
