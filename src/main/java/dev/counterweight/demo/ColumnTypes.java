package dev.counterweight.demo;

import dev.counterweight.event.Decimal;
import dev.counterweight.event.Shown;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what the columns of a table hold, from all of its rows: the narrowest type that every field
 * of a column has, blanks aside. A column in which nine of ten fields are numbers is one of
 * numbers, so that a slip of the pen is an error and no word.
 */
final class ColumnTypes {
  private static final Set<String> NO_NUMBERS =
      Set.of("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity");

  private final CsvTable table;
  private final Map<String, ColumnType> declared;
  private final List<Column> columns = new ArrayList<>();

  /** What was seen of a column. */
  private static final class Column {
    private final String name;
    private final int at;
    private final EnumSet<ColumnType> possible = EnumSet.allOf(ColumnType.class);
    private long fields;
    private long numbers;
    // The first field that is no number, and where it stands.
    private CsvTable.@Nullable Row exception;

    Column(String name, int at) {
      this.name = name;
      this.at = at;
    }
  }

  /**
   * @param names of the columns that are looked at
   * @param declared types that need not be found
   */
  ColumnTypes(CsvTable table, List<String> names, Map<String, ColumnType> declared) {
    this.table = table;
    this.declared = declared;
    names.forEach(name -> columns.add(new Column(name, table.column(name))));
  }

  void accept(CsvTable.Row row) {
    for (Column column : columns) {
      String field = row.fields().get(column.at);
      ColumnType type = declared.get(column.name);
      if (field.isEmpty()) {
        continue;
      }
      if (type != null) {
        require(table, type, row, column.name, field);
        continue;
      }
      if (isNoNumber(field)) {
        throw table.wrong(row, wrong(ColumnType.NUMBER, column.name, field));
      }
      column.possible.removeIf(t -> !t.holds(field));
      column.fields++;
      if (ColumnType.NUMBER.holds(field)) {
        column.numbers++;
      } else if (column.exception == null) {
        column.exception = row;
      }
    }
  }

  /** Infinite or not a number: no format carries it, and it is no word either. */
  private static boolean isNoNumber(String field) {
    return Decimal.is(field)
        ? !ColumnType.NUMBER.holds(field)
        : NO_NUMBERS.contains(field.toLowerCase(Locale.ROOT));
  }

  /** Refuses a field that is not of its column's type. */
  static void require(
      CsvTable table, ColumnType type, CsvTable.Row row, String column, String field) {
    if (!type.holds(field)) {
      throw table.wrong(row, wrong(type, column, field));
    }
  }

  private static String wrong(ColumnType type, String column, String field) {
    return "column '%s' is '%s': %s%s"
        .formatted(
            column,
            Shown.text(field),
            type.rule(),
            type == ColumnType.NUMBER && Decimal.is(field.replace(',', '.')) && !Decimal.is(field)
                ? ", with a point for the comma"
                : "");
  }

  /** The type of each column, in order. */
  List<ColumnType> found() {
    return columns.stream().map(this::type).toList();
  }

  private ColumnType type(Column column) {
    ColumnType known = declared.get(column.name);
    if (known != null) {
      return known;
    }
    CsvTable.Row exception = column.exception;
    if (exception != null && column.numbers * 10 >= column.fields * 9) {
      String field = exception.fields().get(column.at);
      throw table.wrong(
          exception,
          wrong(ColumnType.NUMBER, column.name, field)
              + ", as %d of its %d fields are; --types=%s=text takes them as words, a blank field is a missing one"
                  .formatted(column.numbers, column.fields, column.name));
    }
    for (ColumnType type :
        List.of(ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.BOOLEAN, ColumnType.TIME)) {
      if (column.fields > 0 && column.possible.contains(type)) {
        return type;
      }
    }
    return ColumnType.TEXT;
  }
}
