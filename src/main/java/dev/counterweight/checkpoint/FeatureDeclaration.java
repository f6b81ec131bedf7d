package dev.counterweight.checkpoint;

import dev.counterweight.event.Column;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What checkpoint.json says of one feature, so that who serves the model can make its columns of an
 * event; null where it does not apply.
 *
 * @param path where the value stands in an event
 * @param type number, category, categories or time
 * @param missing what a missing value means: dead-letter, mean or literal
 * @param literal the value that stands in for a missing one
 * @param buckets rows of the embedding
 * @param width values of a row
 * @param seed of the hash that gives a category its row
 * @param items how many of an array are used
 * @param zone of hour and weekday
 * @param unit that a time is written in
 * @param columns the first of its columns, and how many there are
 */
public record FeatureDeclaration(
    String name,
    String path,
    String type,
    String missing,
    @Nullable String literal,
    @Nullable Integer buckets,
    @Nullable Integer width,
    @Nullable Long seed,
    @Nullable Integer items,
    @Nullable String zone,
    @Nullable String unit,
    List<Integer> columns) {

  public FeatureDeclaration {
    columns = List.copyOf(columns);
  }

  /** Of all features in order; null if all are plain numbers, each under its own name. */
  static @Nullable List<FeatureDeclaration> of(FeatureSchema schema) {
    List<FeatureDeclaration> all = new ArrayList<>();
    boolean plain = true;
    int first = 0;
    for (int f = 0; f < schema.features().size(); f++) {
      Feature feature = schema.features().get(f);
      int index = f;
      int count =
          (int) schema.columns().stream().map(Column::feature).filter(c -> c == index).count();
      all.add(of(feature, List.of(first, count)));
      plain &= feature.equals(Feature.number(feature.name()));
      first += count;
    }
    return plain ? null : all;
  }

  private static FeatureDeclaration of(Feature feature, List<Integer> columns) {
    Feature.Table table = null;
    Integer items = null;
    if (feature.type() instanceof Feature.Category category) {
      table = category.table();
    } else if (feature.type() instanceof Feature.Categories categories) {
      table = categories.table();
      items = categories.items();
    }
    Feature.Time time = feature.type() instanceof Feature.Time t ? t : null;
    boolean literal = feature.missing() instanceof Feature.Literal;
    return new FeatureDeclaration(
        feature.name(),
        feature.path().text(),
        feature.typeName(),
        literal ? "literal" : feature.missingName(),
        literal ? feature.missingName() : null,
        table == null ? null : table.buckets(),
        table == null ? null : table.width(),
        table == null ? null : table.seed(),
        items,
        time == null ? null : time.zone().getId(),
        time == null ? null : time.unit().toString(),
        columns);
  }

  /**
   * The feature that is declared.
   *
   * @throws IllegalArgumentException if there is no such type, or what it takes is missing
   */
  Feature toFeature() {
    Feature.Missing rule =
        switch (missing) {
          case "dead-letter" -> new Feature.Reject();
          case "mean" -> new Feature.Mean();
          case "literal" -> new Feature.Literal(there("literal", literal));
          default -> throw unknown("missing", missing);
        };
    return new Feature(name, FieldPath.parse(path), toType(), rule);
  }

  private Feature.Type toType() {
    return switch (type) {
      case "number" -> new Feature.Number();
      case "category" -> new Feature.Category(toTable());
      case "categories" -> new Feature.Categories(toTable(), there("items", items));
      case "time" -> new Feature.Time(toUnit(), toZone());
      default -> throw unknown("type", type);
    };
  }

  private Feature.Table toTable() {
    return new Feature.Table(there("buckets", buckets), there("width", width), there("seed", seed));
  }

  private EventTimeUnit toUnit() {
    String told = there("unit", unit);
    try {
      return EventTimeUnit.valueOf(told.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw unknown("unit", told);
    }
  }

  private ZoneId toZone() {
    String told = there("zone", zone);
    try {
      return ZoneId.of(told);
    } catch (DateTimeException e) {
      throw unknown("zone", told);
    }
  }

  private <T> T there(String field, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "the declaration of feature '%s' has no %s".formatted(name, field));
    }
    return value;
  }

  private IllegalArgumentException unknown(String field, String value) {
    return new IllegalArgumentException(
        "the declaration of feature '%s' has the %s '%s': written by a newer release?"
            .formatted(name, field, value));
  }
}
