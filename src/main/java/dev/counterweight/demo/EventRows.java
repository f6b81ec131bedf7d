package dev.counterweight.demo;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

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
  }

  EventEncoder encoder() {
    return new EventEncoder(options.format(), features, options.label(), options.classes());
  }

  String label(CsvTable.Row row) {
    String label = row.fields().get(labelColumn);
    if (!options.classes().isEmpty() && !options.classes().contains(label)) {
      throw table.wrong(
          row,
          "column '%s' is '%s': must be one of %s"
              .formatted(options.label(), label, String.join(", ", options.classes())));
    }
    return label;
  }

  List<BigDecimal> features(CsvTable.Row row) {
    List<BigDecimal> values = new ArrayList<>(columns.length);
    for (int i = 0; i < columns.length; i++) {
      String text = row.fields().get(columns[i]).strip();
      try {
        BigDecimal value = new BigDecimal(text);
        if (!Float.isFinite(value.floatValue())) {
          throw new NumberFormatException("beyond the range of a float");
        }
        values.add(value);
      } catch (NumberFormatException e) {
        throw table.wrong(
            row, "column '%s' is '%s': must be a finite number".formatted(features.get(i), text));
      }
    }
    return values;
  }
}
