package dev.counterweight.event;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows of columns of values that are at hand as objects, by the rules that hold for values in
 * events: numbers, true and false, texts, {@link Instant}s for times, and {@link Iterable}s of them
 * for arrays. Null, NaN, a blank text and an array of nothing are missing, and so is what is not
 * given.
 *
 * <pre>{@code
 * values.begin(row, 0);
 * values.put(values.place("amount"), 12.5);
 * values.end();
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class FeatureValues {
  private final FeatureSchema schema;
  private final EventRules rules;
  private final FeatureRow row;
  private final Map<String, Integer> places = new HashMap<>();

  public FeatureValues(FeatureSchema schema) {
    this.schema = schema;
    this.rules = EventRules.ofFeatures(schema);
    this.row = new FeatureRow(schema, rules);
    for (Feature feature : schema.features()) {
      places.put(feature.name(), places.size());
    }
  }

  /** The place in the schema of the feature with a name; -1 if there is none. */
  public int place(String name) {
    return places.getOrDefault(name, -1);
  }

  /**
   * Begins a row.
   *
   * @param target receives a value for each column of the schema from index {@code at}; what it
   *     holds there after an exception is undefined
   */
  public void begin(float[] target, int at) {
    row.begin(target, at);
  }

  /**
   * Gives a feature's value; the last of several counts.
   *
   * @param feature its place in the schema
   * @throws EventRejectedException if it is not of the feature's type, or missing and may not be
   */
  public void put(int feature, @Nullable Object value) throws EventRejectedException {
    boolean there;
    if (row.takesItems(feature) && value != null) {
      there = items(feature, value);
    } else {
      there = one(feature, value, "must be a number or a text");
    }
    if (!there && !row.missing(feature)) {
      throw rules.missingFeature(feature, how(value));
    }
  }

  /**
   * Gives a number, as {@link #put(int, Object)}.
   *
   * @param single whether it is of 32 bits
   */
  public void put(int feature, double value, boolean single) throws EventRejectedException {
    if (row.takesItems(feature) || Double.isNaN(value) || !row.fits(feature, value)) {
      put(feature, single ? (Object) (float) value : (Object) value); // says why not
    } else if (single) {
      row.number(feature, (float) value);
    } else {
      row.number(feature, value);
    }
  }

  /**
   * Ends the row.
   *
   * @throws EventRejectedException if a feature was not given and may not be missing
   */
  public void end() throws EventRejectedException {
    int missing = row.end();
    if (missing >= 0) {
      throw rules.missingFeature(missing, "is missing");
    }
  }

  /** Whether a feature was missing in the row that ended last. */
  public boolean wasMissing(int feature) {
    return row.wasMissing(feature);
  }

  private boolean items(int feature, Object value) throws EventRejectedException {
    if (!(value instanceof Iterable<?> items)) {
      throw rules.badFeature(feature, kind(value), "must be an array");
    }
    row.items(feature);
    boolean any = false;
    for (Object item : items) {
      any |= one(feature, item, "must hold numbers or texts");
    }
    return any;
  }

  /** False for what is missing. */
  private boolean one(int feature, @Nullable Object value, String rule)
      throws EventRejectedException {
    if (value == null) {
      return false;
    }
    if (value instanceof Number number) {
      return number(feature, number);
    }
    if (value instanceof CharSequence text) {
      String written = text.toString();
      if (!written.isBlank()) {
        row.text(feature, written);
      }
      return !written.isBlank();
    }
    if (value instanceof Boolean bool) {
      row.bool(feature, bool);
    } else if (value instanceof Instant instant
        && schema.features().get(feature).type() instanceof Feature.Time) {
      row.instant(feature, instant.toEpochMilli());
    } else {
      throw rules.badFeature(feature, kind(value), rule);
    }
    return true;
  }

  private boolean number(int feature, Number number) throws EventRejectedException {
    double value = number.doubleValue();
    if (Double.isNaN(value)) {
      return false;
    }
    if (!row.fits(feature, value)) {
      throw rules.notFinite(feature, number.toString());
    }
    if (number instanceof Float single) {
      row.number(feature, single.floatValue());
    } else {
      row.number(feature, value);
    }
    return true;
  }

  private static String how(@Nullable Object value) {
    if (value == null) {
      return "is null";
    }
    if (value instanceof Number) {
      return "is NaN";
    }
    return value instanceof Iterable ? "is an array of nothing" : "is blank";
  }

  private static String kind(Object value) {
    return value instanceof Iterable
        ? "an array"
        : "'" + Shown.text(value.toString()) + "' of type " + value.getClass().getSimpleName();
  }
}
