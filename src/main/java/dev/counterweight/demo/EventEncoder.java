package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.counterweight.event.EventFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an event as a record's value.
 *
 * @param features feature names, in feature order
 * @param label name of the field that holds the class
 * @param classes label values in class order; float32 writes a label's place in it
 */
record EventEncoder(EventFormat format, List<String> features, String label, List<String> classes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The bytes of one event; {@code values} are in feature order. */
  byte[] encode(List<BigDecimal> values, String labelValue) {
    return switch (format) {
      case JSON -> json(values, labelValue);
      case CSV -> csv(values, labelValue);
      case FLOAT32 -> float32(values, classes.indexOf(labelValue));
    };
  }

  private byte[] json(List<BigDecimal> values, String labelValue) {
    ObjectNode event = JSON.createObjectNode();
    for (int i = 0; i < values.size(); i++) {
      event.put(features.get(i), values.get(i));
    }
    event.put(label, labelValue);
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
