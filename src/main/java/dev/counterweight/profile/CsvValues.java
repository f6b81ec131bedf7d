package dev.counterweight.profile;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.counterweight.event.Decimal;
import dev.counterweight.event.Value;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Records that are rows of CSV: what separates their fields, how many there are, their names. */
public final class CsvValues {
  private static final double MOST = 0.9;
  private static final List<Character> SEPARATORS = List.of(',', ';', '\t', '|');

  private final List<String> columns;
  private final List<String> header;

  /**
   * @param header a record that names the columns; empty if there is none
   */
  private CsvValues(List<String> columns, List<String> header) {
    this.columns = columns;
    this.header = header;
  }

  /** The names of the fields, in order; c1, c2, ... where no record names them. */
  public List<String> columns() {
    return columns;
  }

  /** Whether a record of the topic is a line of names. */
  public boolean named() {
    return !header.isEmpty();
  }

  /** The same rows with other names, if they are as many. */
  public CsvValues named(List<String> names) {
    return names.size() == columns.size() ? new CsvValues(names, header) : this;
  }

  /** The character that separates the fields of most rows; empty if nothing does. */
  static Optional<Character> separator(List<String> rows) {
    return SEPARATORS.stream()
        .filter(separator -> width(rows, separator).isPresent())
        .max(
            Comparator.<Character>comparingLong(separator -> numbers(rows, separator))
                .thenComparing(separator -> -SEPARATORS.indexOf(separator)));
  }

  /** Of rows separated by commas. */
  static Optional<CsvValues> of(List<String> rows) {
    OptionalInt width = width(rows, ',');
    if (width.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        header(rows, width.getAsInt())
            .map(names -> new CsvValues(writable(names), names))
            .orElseGet(
                () ->
                    new CsvValues(
                        IntStream.rangeClosed(1, width.getAsInt()).mapToObj(i -> "c" + i).toList(),
                        List.of())));
  }

  /** The fields of a row by name; empty for one of another size, and for a line of names. */
  Optional<Value> read(String row) {
    List<String> fields = fields(row, ',');
    if (fields.size() != columns.size() || fields.equals(header)) {
      return Optional.empty();
    }
    Map<String, Value> values = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      values.put(columns.get(i), new Value.Text(fields.get(i)));
    }
    return Optional.of(new Value.Fields(values));
  }

  /** The number of fields that most rows have, if it is two or more. */
  private static OptionalInt width(List<String> rows, char separator) {
    Map<Integer, Integer> widths = new HashMap<>();
    rows.forEach(row -> widths.merge(fields(row, separator).size(), 1, Integer::sum));
    return widths.entrySet().stream()
        .filter(width -> width.getKey() >= 2 && width.getValue() >= MOST * rows.size())
        .mapToInt(Map.Entry::getKey)
        .findFirst();
  }

  /** Fields that are numbers, with a comma for a point too where commas do not separate. */
  private static long numbers(List<String> rows, char separator) {
    return rows.stream()
        .flatMap(row -> fields(row, separator).stream())
        .filter(field -> Decimal.is(separator == ',' ? field : field.replace(',', '.')))
        .count();
  }

  /** A row that names the columns: no number in it where others have numbers. */
  private static Optional<List<String>> header(List<String> rows, int width) {
    int[] numbers = new int[width];
    for (String row : rows) {
      List<String> fields = fields(row, ',');
      for (int i = 0; i < width && fields.size() == width; i++) {
        numbers[i] += Decimal.is(fields.get(i)) ? 1 : 0;
      }
    }
    boolean numeric = IntStream.of(numbers).anyMatch(count -> count >= MOST * (rows.size() - 1));
    return rows.stream()
        .map(row -> fields(row, ','))
        .filter(fields -> numeric && fields.size() == width && names(fields))
        .findFirst();
  }

  /** Their places for names that no configuration can hold. */
  private static List<String> writable(List<String> names) {
    return IntStream.range(0, names.size())
        .mapToObj(i -> TopicProfile.writable(names.get(i)) ? names.get(i) : "c" + (i + 1))
        .toList();
  }

  private static boolean names(List<String> fields) {
    return new HashSet<>(fields).size() == fields.size()
        && fields.stream().noneMatch(field -> field.isEmpty() || Decimal.is(field));
  }

  /** Blanks around them dropped; none if the row is no CSV, or more than one row. */
  private static List<String> fields(String row, char separator) {
    try (CsvReader<CsvRecord> in = CsvReader.builder().fieldSeparator(separator).ofCsvRecord(row)) {
      Iterator<CsvRecord> records = in.iterator();
      if (!records.hasNext()) {
        return List.of();
      }
      List<String> fields = records.next().getFields().stream().map(String::strip).toList();
      return records.hasNext() ? List.of() : fields;
    } catch (CsvParseException | IOException e) {
      return List.of();
    }
  }
}
