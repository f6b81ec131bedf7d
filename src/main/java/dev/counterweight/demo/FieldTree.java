package dev.counterweight.demo;

import dev.counterweight.protocol.FailureException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where columns stand in an event that can nest: {@code card.country} is a field of {@code card}.
 *
 * @param name of the field
 * @param column its place among the columns; -1 if it holds fields of its own
 * @param fields in the order in which the columns come
 */
record FieldTree(String name, int column, List<FieldTree> fields) {

  /**
   * The tree of some columns, under a root without a name.
   *
   * @throws FailureException if a column would stand in another one's value
   */
  static FieldTree of(List<String> columns) {
    FieldTree root = new FieldTree("", -1, new ArrayList<>());
    for (int c = 0; c < columns.size(); c++) {
      root.add(columns.get(c), parts(columns.get(c)), c);
    }
    return root;
  }

  /** A name with an empty part is no path. */
  private static List<String> parts(String name) {
    List<String> parts = List.of(name.split("\\.", -1));
    return parts.stream().anyMatch(String::isBlank) ? List.of(name) : parts;
  }

  private void add(String whole, List<String> path, int column) {
    FieldTree there =
        fields.stream().filter(f -> f.name().equals(path.get(0))).findFirst().orElse(null);
    boolean leaf = path.size() == 1;
    if (there != null && (leaf || there.column() >= 0)) {
      throw new FailureException(
          "column '%s' and another one would be field '%s' of the event, once with a value and once with fields: rename one in the header"
              .formatted(whole, path.get(0)));
    }
    if (there == null) {
      there = new FieldTree(path.get(0), leaf ? column : -1, new ArrayList<>());
      fields.add(there);
    }
    if (!leaf) {
      there.add(whole, path.subList(1, path.size()), column);
    }
  }

  boolean isColumn() {
    return column >= 0;
  }
}
