package dev.counterweight.demo;

import dev.counterweight.event.Shown;
import dev.counterweight.event.Suggestion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks a table's rows and takes them apart. */
final class EventRows {
  private final CsvTable table;
  private final Replay.Options options;
  private final List<String> features;
  private final int[] columns;
  private final int labelColumn;

  EventRows(CsvTable table, Replay.Options options) {
    this.table = table;
    this.options = options;
    this.labelColumn = table.column(options.label());
    this.features =
        options.features().isEmpty()
            ? table.header().stream().filter(name -> !name.equals(options.label())).toList()
            : options.features();
    this.columns = features.stream().mapToInt(table::column).toArray();
    options.types().keySet().forEach(table::column);
  }

  /** What finds the features' types. */
  ColumnTypes types() {
    return new ColumnTypes(table, features, options.types());
  }

  /** The features' types where the rows are not to be seen before: numbers, unless declared. */
  List<ColumnType> declaredTypes() {
    return features.stream()
        .map(name -> options.types().getOrDefault(name, ColumnType.NUMBER))
        .toList();
  }

  /**
   * What writes the rows.
   *
   * @param types of the features
   */
  RowFormat format(List<ColumnType> types) {
    boolean labelled = options.apart() == null;
    List<String> names =
        labelled ? Stream.concat(features.stream(), Stream.of(options.label())).toList() : features;
    List<ColumnType> all =
        labelled ? Stream.concat(types.stream(), Stream.of(ColumnType.TEXT)).toList() : types;
    return switch (options.format()) {
      case JSON -> new JsonRows(names, all);
      case CSV -> FlatRows.csv(all);
      case FLOAT32 -> FlatRows.float32(features, types, labelled ? options.classes() : List.of());
      case AVRO -> new AvroRows(names, all);
      case PROTOBUF -> new ProtobufRows(names, all);
    };
  }

  String label(CsvTable.Row row) {
    String label = row.fields().get(labelColumn);
    if (label.isEmpty()) {
      throw table.wrong(
          row, "column '%s' is blank: must name the class".formatted(options.label()));
    }
    if (!options.classes().isEmpty() && !options.classes().contains(label)) {
      throw table.wrong(
          row,
          "column '%s' is '%s': must be one of %s%s"
              .formatted(
                  options.label(),
                  Shown.text(label),
                  Shown.names(options.classes()),
                  Suggestion.closest(label, options.classes())
                      .map(name -> "; did you mean '" + name + "'?")
                      .orElse("")));
    }
    return label;
  }

  /**
   * The features in order, then the label if it stands in the event; null where a feature is blank.
   *
   * @param types of the features, which they are held to
   */
  List<@Nullable String> fields(CsvTable.Row row, List<ColumnType> types) {
    List<@Nullable String> fields = new ArrayList<>(columns.length + 1);
    for (int i = 0; i < columns.length; i++) {
      String field = row.fields().get(columns[i]);
      if (!field.isEmpty()) {
        ColumnTypes.require(table, types.get(i), row, features.get(i), field);
      }
      fields.add(field.isEmpty() ? null : field);
    }
    String label = label(row);
    if (options.apart() == null) {
      fields.add(label);
    }
    return Collections.unmodifiableList(fields);
  }
}
