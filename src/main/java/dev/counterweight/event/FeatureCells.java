package dev.counterweight.event;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;

/** How the values of a feature become its columns, from index {@code to} of the row. */
interface FeatureCells {
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

  /**
   * Those of a feature.
   *
   * @param row in whose target they write
   */
  static FeatureCells of(Feature feature, int index, FeatureRow row, EventRules rules) {
    boolean flagged = feature.missing() instanceof Feature.Mean;
    if (feature.type() instanceof Feature.Categories categories) {
      return new Items(row, new CategoryHash(categories.table()), categories.items());
    }
    if (feature.type() instanceof Feature.Category category) {
      return new Row(row, new CategoryHash(category.table()));
    }
    if (feature.type() instanceof Feature.Time time) {
      return new Clock(row, time, new TimeRules(feature.path().text(), time.unit()), flagged);
    }
    return new Numbers(row, rules, index, flagged);
  }

  final class Numbers implements FeatureCells {
    private final FeatureRow row;
    private final EventRules rules;
    private final int feature;
    private final boolean flagged;

    Numbers(FeatureRow row, EventRules rules, int feature, boolean flagged) {
      this.row = row;
      this.rules = rules;
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
      row.target[to] = Float.NaN;
      row.target[to + 1] = 1;
    }

    private void put(float value, int to) {
      row.target[to] = value;
      if (flagged) {
        row.target[to + 1] = 0;
      }
    }
  }

  final class Row implements FeatureCells {
    private final FeatureRow row;
    private final CategoryHash hash;

    Row(FeatureRow row, CategoryHash hash) {
      this.row = row;
      this.hash = hash;
    }

    @Override
    public void number(double value, int to) {
      row.target[to] = hash.row(FeatureRow.name(value));
    }

    @Override
    public void number(float value, int to) {
      row.target[to] = hash.row(FeatureRow.name(value));
    }

    @Override
    public void text(String text, int to) {
      row.target[to] = hash.row(text.strip());
    }

    @Override
    public void bool(boolean value, int to) {
      row.target[to] = hash.row(Boolean.toString(value));
    }

    @Override
    public void missing(int to) {
      row.target[to] = 0;
    }
  }

  /** Each value is one item more. */
  final class Items implements FeatureCells {
    private final FeatureRow row;
    private final CategoryHash hash;
    private final int most;
    private int count;

    Items(FeatureRow row, CategoryHash hash, int most) {
      this.row = row;
      this.hash = hash;
      this.most = most;
    }

    void clear(int to) {
      count = 0;
      Arrays.fill(row.target, to, to + most, -1);
    }

    @Override
    public void number(double value, int to) {
      add(FeatureRow.name(value), to);
    }

    @Override
    public void number(float value, int to) {
      add(FeatureRow.name(value), to);
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
      row.target[to] = 0;
    }

    private void add(String text, int to) {
      if (count < most) {
        row.target[to + count] = hash.row(text);
        count++;
      }
    }
  }

  final class Clock implements FeatureCells {
    private final FeatureRow row;
    private final Feature.Time time;
    private final TimeRules times;
    private final boolean flagged;

    Clock(FeatureRow row, Feature.Time time, TimeRules times, boolean flagged) {
      this.row = row;
      this.time = time;
      this.times = times;
      this.flagged = flagged;
    }

    @Override
    public void number(double value, int to) throws EventRejectedException {
      put(times.time(value, FeatureRow.name(value)), to);
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
      Arrays.fill(row.target, to, to + 4, Float.NaN);
      row.target[to + 4] = 1;
    }

    private void put(long ms, int to) {
      put(Instant.ofEpochMilli(ms).atZone(time.zone()), to);
    }

    private void put(ZonedDateTime local, int to) {
      double hours = local.toLocalTime().toNanoOfDay() / 3.6e12;
      circle(hours / 24, to);
      circle((local.getDayOfWeek().ordinal() + hours / 24) / 7, to + 2);
      if (flagged) {
        row.target[to + 4] = 0;
      }
    }

    private void circle(double turns, int to) {
      row.target[to] = (float) StrictMath.sin(2 * Math.PI * turns);
      row.target[to + 1] = (float) StrictMath.cos(2 * Math.PI * turns);
    }
  }
}
