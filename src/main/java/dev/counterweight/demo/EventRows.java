package dev.counterweight.demo;

import dev.counterweight.event.Decimal;
import dev.counterweight.event.Shown;
import dev.counterweight.event.Suggestion;
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

  List<BigDecimal> features(CsvTable.Row row) {
    List<BigDecimal> values = new ArrayList<>(columns.length);
    for (int i = 0; i < columns.length; i++) {
      String text = row.fields().get(columns[i]);
      if (!Decimal.is(text) || !Float.isFinite((float) Decimal.parse(text))) {
        throw table.wrong(row, notANumber(features.get(i), text));
      }
      values.add(new BigDecimal(text));
    }
    return values;
  }

  private static String notANumber(String column, String text) {
    if (text.isEmpty()) {
      return "column '%s' is blank: must be a finite number".formatted(column);
    }
    return "column '%s' is '%s': must be a finite number%s"
        .formatted(
            column,
            Shown.text(text),
            Decimal.is(text.replace(',', '.')) ? ", with a point for the comma" : "");
  }
}
