package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The formats that have neither names nor nesting. */
final class FlatRows {
  private FlatRows() {}

  /** One CSV record; a missing field is blank. */
  static RowFormat csv(List<ColumnType> types) {
    return fields -> {
      List<String> written = new ArrayList<>(fields.size());
      for (int i = 0; i < fields.size(); i++) {
        String field = fields.get(i);
        written.add(field == null ? "" : number(types.get(i)) ? decimal(field) : field);
      }
      StringWriter line = new StringWriter();
      try (CsvWriter out = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(line)) {
        out.writeRecord(written);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      // A record holds the row alone, without the line's end.
      String text = line.toString();
      return text.substring(0, text.length() - 1).getBytes(UTF_8);
    };
  }

  /**
   * Little-endian floats, the class index last; a missing field is NaN.
   *
   * @param names of the features
   * @param types of the features
   * @param classes none if the label does not stand behind them
   * @throws FailureException if a feature is no number
   */
  static RowFormat float32(List<String> names, List<ColumnType> types, List<String> classes) {
    for (int i = 0; i < names.size(); i++) {
      if (!number(types.get(i)) && types.get(i) != ColumnType.BOOLEAN) {
        throw new FailureException(
            "column '%s' holds %s values: format float32 carries numbers alone"
                .formatted(names.get(i), types.get(i)));
      }
    }
    return fields -> {
      ByteBuffer bytes =
          ByteBuffer.allocate(fields.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      fields.subList(0, names.size()).forEach(field -> bytes.putFloat(value(field)));
      if (fields.size() > names.size()) {
        bytes.putFloat(classes.indexOf(fields.get(names.size())));
      }
      return bytes.array();
    };
  }

  private static float value(@Nullable String field) {
    if (field == null) {
      return Float.NaN;
    }
    return ColumnType.BOOLEAN.holds(field)
        ? (Boolean.parseBoolean(field) ? 1 : 0)
        : new BigDecimal(field).floatValue();
  }

  private static boolean number(ColumnType type) {
    return type == ColumnType.NUMBER || type == ColumnType.INTEGER;
  }

  private static String decimal(String field) {
    return new BigDecimal(field).toString();
  }
}
