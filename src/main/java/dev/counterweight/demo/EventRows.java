package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.counterweight.event.Decimal;
import dev.counterweight.event.Shown;
import dev.counterweight.event.Suggestion;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Checks a table's rows, takes them apart and writes them as the values of records. */
final class EventRows {
  private static final ObjectMapper JSON = new ObjectMapper();

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

  /** The bytes of one event; {@code values} are in feature order. */
  byte[] encode(List<BigDecimal> values, String label) {
    return switch (options.format()) {
      case JSON -> json(values, label);
      case CSV -> csv(values, label);
      case FLOAT32 -> float32(values, options.classes().indexOf(label));
      case PROTOBUF -> throw new IllegalStateException("not written yet");
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

  private byte[] json(List<BigDecimal> values, String labelValue) {
    ObjectNode event = JSON.createObjectNode();
    for (int i = 0; i < values.size(); i++) {
      event.put(features.get(i), values.get(i));
    }
    event.put(options.label(), labelValue);
    try {
      return JSON.writeValueAsBytes(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] csv(List<BigDecimal> values, String labelValue) {
    List<String> fields = new ArrayList<>(values.size() + 1);
    values.forEach(value -> fields.add(value.toString()));
    fields.add(labelValue);
    StringWriter written = new StringWriter();
    try (CsvWriter out = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(written)) {
      out.writeRecord(fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // A record holds the row alone, without the line's end.
    String text = written.toString();
    return text.substring(0, text.length() - 1).getBytes(UTF_8);
  }

  private static byte[] float32(List<BigDecimal> values, int index) {
    ByteBuffer bytes =
        ByteBuffer.allocate((values.size() + 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    values.forEach(value -> bytes.putFloat(value.floatValue()));
    return bytes.putFloat(index).array();
  }
}
