package dev.counterweight.event;

/**
 * A value of a row as batch records hold it and a model gets it.
 *
 * @param feature the place of its feature in the schema
 * @param kind what the value is
 */
public record Column(String name, int feature, Kind kind) {

  /** What stands in a column. */
  public enum Kind {
    /** A finite number; NaN where a feature is missing that then means its mean. */
    NUMBER,
    /** A row of the feature's embedding, a whole number from 0. */
    ROW,
    /** A row of the feature's embedding, or -1 for none. */
    ROW_OR_NONE
  }

  /** Whether it names a row of an embedding. */
  public boolean isRow() {
    return kind != Kind.NUMBER;
  }
}
