package dev.counterweight.event;

import java.util.Arrays;
import java.util.List;

/**
 * Turns the values of an event's features, whatever format they come in, into the columns of a row.
 * A row is begun, its values given in any order, the last of several for one feature counting, and
 * ended; what is not given by then is missing. Features go by their place in the schema. {@link
 * FeatureValues} does this with values of any type.
 *
 * <p>Not thread-safe.
 */
public final class FeatureRow {
  private static final double LARGEST_WHOLE = 0x1p53;

  private final List<Feature> features;
  private final int[] first;
  private final FeatureCells[] cells;
  private final EventRules rules;
  // The row in which each feature was last given, so that nothing is cleared between rows.
  private final long[] givenIn;
  private final boolean[] missing;
  private long row;

  /** Receives what {@link FeatureCells} make of values. */
  float[] target = {};

  private int at;

  /** Of values that come by themselves, not in an event's bytes; by the same rules. */
  public FeatureRow(FeatureSchema schema) {
    this(schema, EventRules.ofFeatures(schema));
  }

  FeatureRow(FeatureSchema schema, EventRules rules) {
    this.features = schema.features();
    this.first = schema.firstColumns();
    this.rules = rules;
    this.givenIn = new long[features.size()];
    this.missing = new boolean[features.size()];
    this.cells = new FeatureCells[features.size()];
    Arrays.setAll(cells, f -> FeatureCells.of(features.get(f), f, this, rules));
  }

  /**
   * Begins a row.
   *
   * @param target receives a value for each column of the schema from index {@code at}; what it
   *     holds there after an exception is undefined
   */
  public void begin(float[] target, int at) {
    row++;
    this.target = target;
    this.at = at;
  }

  /** Whether a number can be a value of a feature; infinite is none. */
  public boolean fits(int feature, double value) {
    return cells[feature] instanceof FeatureCells.Numbers
        ? EventRules.fits(value)
        : Double.isFinite(value);
  }

  /** A number, not NaN, that is 64 bits or an integer. */
  public void number(int feature, double value) throws EventRejectedException {
    cells[feature].number(value, at + first[feature]);
    given(feature);
  }

  /** A number, not NaN, that is 32 bits. */
  public void number(int feature, float value) throws EventRejectedException {
    cells[feature].number(value, at + first[feature]);
    given(feature);
  }

  /** A point in time, milliseconds since 1970; but for a time, the number. */
  public void instant(int feature, long ms) throws EventRejectedException {
    cells[feature].instant(ms, at + first[feature]);
    given(feature);
  }

  /**
   * What clocks show, as milliseconds since 1970 if they showed UTC; but for a time, the number.
   */
  void local(int feature, long ms) throws EventRejectedException {
    cells[feature].local(ms, at + first[feature]);
    given(feature);
  }

  /** A text that is not blank. */
  public void text(int feature, String text) throws EventRejectedException {
    cells[feature].text(text, at + first[feature]);
    given(feature);
  }

  /** True or false. */
  public void bool(int feature, boolean value) throws EventRejectedException {
    cells[feature].bool(value, at + first[feature]);
    given(feature);
  }

  private void given(int feature) {
    givenIn[feature] = row;
    missing[feature] = false;
  }

  /**
   * Takes a value that is there and is none.
   *
   * @return false if the feature may not be missing
   */
  public boolean missing(int feature) throws EventRejectedException {
    Feature declared = features.get(feature);
    if (!declared.mayBeMissing()) {
      return false;
    }
    int to = at + first[feature];
    if (declared.missing() instanceof Feature.Literal literal) {
      if (cells[feature] instanceof FeatureCells.Items items) {
        items.clear(to);
      }
      cells[feature].text(literal.text(), to);
    } else {
      cells[feature].missing(to);
    }
    givenIn[feature] = row;
    missing[feature] = true;
    return true;
  }

  /**
   * Ends the row.
   *
   * @return the first feature that was not given and may not be missing; -1 if the row is whole
   */
  public int end() throws EventRejectedException {
    for (int f = 0; f < givenIn.length; f++) {
      if (givenIn[f] != row && !missing(f)) {
        return f;
      }
    }
    return -1;
  }

  /** Whether a feature was missing in the row that ended last. */
  public boolean wasMissing(int feature) {
    return missing[feature];
  }

  /** Whether a feature takes an array: then its items follow {@link #items}. */
  public boolean takesItems(int feature) {
    return features.get(feature).type() instanceof Feature.Categories;
  }

  /**
   * Begins the array of a feature that {@linkplain #takesItems takes one}. An array in which
   * nothing follows is missing: say so by {@link #missing}.
   */
  public void items(int feature) {
    ((FeatureCells.Items) cells[feature]).clear(at + first[feature]);
  }

  /** What a category of a number is named. */
  static String name(double value) {
    return Math.abs(value) <= LARGEST_WHOLE && value == Math.rint(value)
        ? Long.toString((long) value)
        : ShortestDecimal.of(value);
  }

  /** What a category of a number of 32 bits is named. */
  static String name(float value) {
    return value == Math.rint(value) && Math.abs(value) <= LARGEST_WHOLE
        ? Long.toString((long) value)
        : ShortestDecimal.of(value);
  }
}
