package dev.counterweight.event;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
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
  private static final double DAY_HOURS = 24;
  private static final double WEEK_DAYS = 7;
  private static final double LARGEST_WHOLE = 0x1p53;

  private final List<Feature> features;
  private final int[] first;
  private final Cells[] cells;
  private final EventRules rules;
  // The row in which each feature was last given, so that nothing is cleared between rows.
  private final long[] givenIn;
  private final boolean[] missing;
  private long row;
  private float[] target = {};
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
    this.cells = new Cells[features.size()];
    Arrays.setAll(cells, f -> cellsOf(features.get(f), f));
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
    return cells[feature] instanceof Numbers ? EventRules.fits(value) : Double.isFinite(value);
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
      if (cells[feature] instanceof Items items) {
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
    ((Items) cells[feature]).clear(at + first[feature]);
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

  private Cells cellsOf(Feature feature, int index) {
    boolean flagged = feature.missing() instanceof Feature.Mean;
    if (feature.type() instanceof Feature.Category category) {
      return new Row(new CategoryHash(category.table()));
    }
    if (feature.type() instanceof Feature.Categories categories) {
      return new Items(new CategoryHash(categories.table()), categories.items());
    }
    if (feature.type() instanceof Feature.Time time) {
      return new Clock(time, new TimeRules(feature.path().text(), time.unit()), flagged);
    }
    return new Numbers(index, flagged);
  }

  /** How the values of a feature become its columns, from index {@code to} of the row. */
  private interface Cells {
    void number(double value, int to) throws EventRejectedException;

    default void number(float value, int to) throws EventRejectedException {
      number((double) value, to);
    }

    default void instant(long ms, int to) throws EventRejectedException {
      number((double) ms, to);
    }

    default void local(long ms, int to) throws EventRejectedException {
      number((double) ms, to);
    }

    void text(String text, int to) throws EventRejectedException;

    void bool(boolean value, int to) throws EventRejectedException;

    void missing(int to);
  }

  private final class Numbers implements Cells {
    private final int feature;
    private final boolean flagged;

    Numbers(int feature, boolean flagged) {
      this.feature = feature;
      this.flagged = flagged;
    }

    @Override
    public void number(double value, int to) throws EventRejectedException {
      put(rules.feature(feature, value), to);
    }

    @Override
    public void text(String text, int to) throws EventRejectedException {
      put(rules.feature(feature, text), to);
    }

    @Override
    public void bool(boolean value, int to) {
      put(value ? 1 : 0, to);
    }

    @Override
    public void missing(int to) {
      target[to] = Float.NaN;
      target[to + 1] = 1;
    }

    private void put(float value, int to) {
      target[to] = value;
      if (flagged) {
        target[to + 1] = 0;
      }
    }
  }

  private final class Row implements Cells {
    private final CategoryHash hash;

    Row(CategoryHash hash) {
      this.hash = hash;
    }

    @Override
    public void number(double value, int to) {
      target[to] = hash.row(name(value));
    }

    @Override
    public void number(float value, int to) {
      target[to] = hash.row(name(value));
    }

    @Override
    public void text(String text, int to) {
      target[to] = hash.row(text.strip());
    }

    @Override
    public void bool(boolean value, int to) {
      target[to] = hash.row(Boolean.toString(value));
    }

    @Override
    public void missing(int to) {
      target[to] = 0;
    }
  }

  /** Each value is one item more. */
  private final class Items implements Cells {
    private final CategoryHash hash;
    private final int most;
    private int count;

    Items(CategoryHash hash, int most) {
      this.hash = hash;
      this.most = most;
    }

    void clear(int to) {
      count = 0;
      Arrays.fill(target, to, to + most, -1);
    }

    @Override
    public void number(double value, int to) {
      add(name(value), to);
    }

    @Override
    public void number(float value, int to) {
      add(name(value), to);
    }

    @Override
    public void text(String text, int to) {
      add(text.strip(), to);
    }

    @Override
    public void bool(boolean value, int to) {
      add(Boolean.toString(value), to);
    }

    @Override
    public void missing(int to) {
      clear(to);
      target[to] = 0;
    }

    private void add(String text, int to) {
      if (count < most) {
        target[to + count] = hash.row(text);
        count++;
      }
    }
  }

  private final class Clock implements Cells {
    private final Feature.Time time;
    private final TimeRules times;
    private final boolean flagged;

    Clock(Feature.Time time, TimeRules times, boolean flagged) {
      this.time = time;
      this.times = times;
      this.flagged = flagged;
    }

    @Override
    public void number(double value, int to) throws EventRejectedException {
      put(times.time(value, name(value)), to);
    }

    @Override
    public void instant(long ms, int to) throws EventRejectedException {
      put(times.instant(ms), to);
    }

    @Override
    public void local(long ms, int to) throws EventRejectedException {
      put(Instant.ofEpochMilli(times.instant(ms)).atZone(ZoneOffset.UTC), to);
    }

    @Override
    public void text(String text, int to) throws EventRejectedException {
      put(times.time(text), to);
    }

    @Override
    public void bool(boolean value, int to) throws EventRejectedException {
      put(times.time(Boolean.toString(value)), to);
    }

    @Override
    public void missing(int to) {
      Arrays.fill(target, to, to + 4, Float.NaN);
      target[to + 4] = 1;
    }

    private void put(long ms, int to) {
      put(Instant.ofEpochMilli(ms).atZone(time.zone()), to);
    }

    private void put(ZonedDateTime local, int to) {
      double hours = local.toLocalTime().toNanoOfDay() / 3.6e12;
      circle(hours / DAY_HOURS, to);
      circle((local.getDayOfWeek().ordinal() + hours / DAY_HOURS) / WEEK_DAYS, to + 2);
      if (flagged) {
        target[to + 4] = 0;
      }
    }

    private void circle(double turns, int to) {
      target[to] = (float) StrictMath.sin(2 * Math.PI * turns);
      target[to + 1] = (float) StrictMath.cos(2 * Math.PI * turns);
    }
  }
}
