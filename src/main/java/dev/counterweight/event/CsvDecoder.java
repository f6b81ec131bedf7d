package dev.counterweight.event;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.counterweight.event.EventRejectedException.Reason;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One CSV record (RFC 4180, UTF-8, no header): the columns in the schema's order. Columns that are
 * neither feature nor label, time, importance or join key are passed over, blanks around a field
 * too; a blank field is missing. Where nothing but features is read, a record may have those alone.
 */
final class CsvDecoder implements EventDecoder {
  private final EventSchema schema;
  private final EventRules rules;
  private final int label;
  private final int time;
  private final int importance;
  private final int key;
  private final int[] places;
  // Of records of the features alone; where there may be none, the same as of all.
  private final List<String> featuresAlone;
  private final int[] placesAlone;
  private final OutsideFields outside;
  private final FeatureRow row;

  CsvDecoder(EventSchema schema, EventRules rules) {
    this.schema = schema;
    this.rules = rules;
    this.label = place(schema.label());
    this.time = place(schema.time());
    this.importance = place(schema.importance());
    this.key = place(schema.key());
    this.places = places(schema.columns());
    this.featuresAlone = schema.isHeadless() ? schema.usualColumns() : schema.columns();
    this.placesAlone = places(featuresAlone);
    this.outside = new OutsideFields(schema, rules);
    this.row = rules.row();
  }

  private int[] places(List<String> columns) {
    return schema.features().features().stream()
        .mapToInt(feature -> place(feature.path().text(), columns))
        .toArray();
  }

  private int place(@Nullable String path) {
    return place(path, schema.columns());
  }

  /** The column of a field; negative if the record's value does not have it. */
  private static int place(@Nullable String path, List<String> columns) {
    return path == null || FieldPath.parse(path).source() != FieldPath.Source.VALUE
        ? -1
        : columns.indexOf(path);
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    List<String> fields = row(event.value());
    try {
      int index = label < 0 ? outside.label(event) : rules.label(fields.get(label));
      long timeMs = time < 0 ? outside.timeMs(event) : rules.times().time(fields.get(time));
      double times =
          importance < 0 ? outside.importance(event) : rules.importance(fields.get(importance));
      key(event, fields);
      return new EventHead(index, timeMs, times);
    } catch (EventRejectedException e) {
      throw new EventRejectedException(e.reason(), () -> e.getMessage() + hint(fields));
    }
  }

  @Override
  public byte[] joinKey() {
    return rules.joinKey();
  }

  private void key(RawEvent event, List<String> fields) throws EventRejectedException {
    JoinKey joined = rules.key();
    if (joined != null && key >= 0) {
      joined.text(fields.get(key).strip());
    } else {
      outside.key(event);
    }
  }

  @Override
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    List<String> fields = row(event.value());
    int[] places = fields.size() == schema.columns().size() ? this.places : placesAlone;
    row.begin(target, at);
    for (int i = 0; i < places.length; i++) {
      if (places[i] < 0) {
        continue;
      }
      String text = fields.get(places[i]);
      if (!text.isBlank()) {
        row.text(i, text);
      } else if (!row.missing(i)) {
        throw rules.missingFeature(i, "is missing: the field is blank");
      }
    }
    outside.features(event, row);
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }

  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    List<String> fields = row(event.value());
    StringJoiner named = new StringJoiner(", ");
    for (int i = 0; i < fields.size(); i++) {
      named.add(Shown.text(schema.columns().get(i)) + "=" + Shown.text(fields.get(i).strip()));
    }
    return Optional.of(named.toString());
  }

  private List<String> row(byte @Nullable [] given) throws EventRejectedException {
    byte[] value = rules.present(given);
    List<String> row;
    String text = Utf8Text.of(value);
    if (OpenQuote.in(text, ',')) {
      throw Utf8Text.malformed(value, "not CSV: a quoted field does not end: was it cut off?");
    }
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
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw Utf8Text.malformed(
          value,
          "not CSV: "
              + Shown.text(String.valueOf(cause.getMessage()))
              + hint(List.of(text.split(","))));
    }
    if (row.size() != schema.columns().size() && row.size() != featuresAlone.size()) {
      throw Utf8Text.malformed(value, wrongSize(row));
    }
    return row;
  }

  private String wrongSize(List<String> row) {
    int columns = schema.columns().size();
    return "%d %s: must be %d (%s)%s%s"
        .formatted(
            row.size(),
            row.size() == 1 ? "field" : "fields",
            columns,
            Shown.names(schema.columns()),
            featuresAlone.size() == columns
                ? ""
                : ", or the %d features alone".formatted(featuresAlone.size()),
            hint(row));
  }

  /** What the record as a whole suggests. */
  private String hint(List<String> row) {
    String whole = String.join(",", row);
    if (row.stream().map(String::strip).toList().equals(schema.columns())) {
      return "; the record is a header line, which is no event";
    }
    if (whole.startsWith("{")) {
      return "; the record looks like JSON: events.format=json reads it";
    }
    for (String separator : List.of(";", "\t")) {
      long parts = whole.chars().filter(c -> c == separator.charAt(0)).count() + 1;
      if (parts > 1 && parts == schema.columns().size() && !row.equals(schema.columns())) {
        return "; the record is separated by %s: must be by commas, with points in numbers"
            .formatted(separator.equals(";") ? "semicolons" : "tabs");
      }
    }
    return "";
  }
}
