package dev.counterweight.event;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.counterweight.event.EventRejectedException.Reason;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One CSV record (RFC 4180, UTF-8, no header): the features in schema order, the label, then time
 * and importance if the schema names them.
 */
final class CsvDecoder implements EventDecoder {
  private final EventSchema schema;
  private final EventRules rules;
  private final int fields;

  CsvDecoder(EventSchema schema) {
    this.schema = schema;
    this.rules = new EventRules(schema);
    this.fields =
        schema.featureCount()
            + 1
            + (schema.time() == null ? 0 : 1)
            + (schema.importance() == null ? 0 : 1);
  }

  @Override
  public EventHead head(byte @Nullable [] value, long recordTimestampMs)
      throws EventRejectedException {
    List<String> row = row(value);
    int at = schema.featureCount();
    int label = rules.label(row.get(at++));
    long timeMs =
        schema.time() == null ? rules.recordTime(recordTimestampMs) : rules.time(row.get(at++));
    double importance = schema.importance() == null ? 1 : rules.importance(row.get(at));
    return new EventHead(label, timeMs, importance);
  }

  @Override
  public void features(byte[] value, float[] target, int at) throws EventRejectedException {
    List<String> row = row(value);
    for (int i = 0; i < schema.featureCount(); i++) {
      String text = row.get(i);
      if (text.isBlank()) {
        throw rules.missingFeature(i);
      }
      target[at + i] = rules.feature(i, text);
    }
  }

  private List<String> row(byte @Nullable [] value) throws EventRejectedException {
    if (value == null || value.length == 0) {
      throw EventRules.empty();
    }
    List<String> row;
    String text = Utf8Text.of(value);
    try (CsvReader<CsvRecord> in = CsvReader.builder().ofCsvRecord(text)) {
      Iterator<CsvRecord> records = in.iterator();
      if (!records.hasNext()) {
        throw EventRules.empty();
      }
      row = records.next().getFields();
      if (records.hasNext()) {
        throw new EventRejectedException(Reason.MALFORMED, "more than one CSV row in the record");
      }
    } catch (CsvParseException | java.io.IOException e) {
      throw new EventRejectedException(
          Reason.MALFORMED, "not CSV: " + EventRules.shown(String.valueOf(e.getMessage())));
    }
    if (row.size() != fields) {
      throw new EventRejectedException(
          Reason.MALFORMED,
          "%d fields: must be %d (%d features, label%s%s)"
              .formatted(
                  row.size(),
                  fields,
                  schema.featureCount(),
                  schema.time() == null ? "" : ", time",
                  schema.importance() == null ? "" : ", importance"));
    }
    return row;
  }
}
