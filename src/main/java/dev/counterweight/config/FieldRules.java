package dev.counterweight.config;

import dev.counterweight.event.Column;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FieldPath;
import dev.counterweight.protocol.KebabCase;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules between the fields of an event, its features and its format. */
final class FieldRules {
  private final Values values;
  private final EventFormat format;
  private final EventSchema schema;
  private final Problems problems;

  private FieldRules(Values values, EventsConfig events, Problems problems) {
    this.problems = problems;
    this.values = values;
    this.format = events.format();
    this.schema = events.schema();
  }

  static void check(Values values, EventsConfig events, Problems problems) {
    FieldRules rules = new FieldRules(values, events, problems);
    rules.fields();
    rules.columns();
    rules.time();
    rules.format();
    rules.literals();
    values.features().misplaced(events.schema().features().names(), problems);
  }

  private List<Feature> features() {
    return schema.features().features();
  }

  /** Label, time and importance, as far as there are such. */
  private List<FieldPath> others() {
    return Stream.of(schema.label(), schema.time(), schema.importance())
        .filter(Objects::nonNull)
        .map(FieldPath::parse)
        .toList();
  }

  private String key(Key<?> property, Feature feature) {
    return values.features().key(property, feature.name());
  }

  private void fields() {
    // The hour of the event time is a feature like others.
    Set<String> fields =
        features().stream()
            .filter(
                f -> !(f.type() instanceof Feature.Time && f.path().text().equals(schema.time())))
            .map(f -> f.path().text())
            .collect(Collectors.toCollection(HashSet::new));
    for (FieldPath field : others()) {
      if (!fields.add(field.text())) {
        problems.add(
            "field '"
                + field
                + "' is named twice among events.features, .label, .time and .importance");
      }
    }
    Set<String> columns = new HashSet<>();
    for (Column column : schema.features().columns()) {
      if (!columns.add(column.name())) {
        problems.add(
            "two columns of the features are named '%s': call one of the features otherwise, with"
                + " feature.NAME.path",
            column.name());
      }
    }
  }

  private void columns() {
    if (format != EventFormat.CSV) {
      if (!schema.columns().equals(schema.usualColumns())) {
        problems.add(EventKeys.COLUMNS + " is for events.format=csv: remove it");
      }
      return;
    }
    Set<String> fields = new TreeSet<>(schema.usualColumns());
    fields.removeAll(schema.columns());
    if (!fields.isEmpty()) {
      problems.add(
          "%s=%s: must name every field of events.features, .label, .time and .importance%s; %s %s"
              + " missing",
          EventKeys.COLUMNS,
          String.join(",", schema.columns()),
          schema.key() == null ? "" : ", and .key",
          String.join(", ", fields),
          fields.size() == 1 ? "is" : "are");
    }
  }

  private void time() {
    boolean used = schema.time() != null || features().stream().anyMatch(this::takesTimeUnit);
    if (!used && schema.timeUnit() != EventTimeUnit.MS) {
      problems.add(
          "%s=%s has no effect without %s: the record's timestamp is in milliseconds",
          EventKeys.TIME_UNIT, schema.timeUnit(), EventKeys.TIME);
    }
  }

  private boolean takesTimeUnit(Feature feature) {
    return feature.type() instanceof Feature.Time
        && values.features().find(FeatureKeys.UNIT, feature.name()).isEmpty();
  }

  private void format() {
    boolean named = format.hasNames();
    if (!named && schema.envelope() != EventSchema.Envelope.NONE) {
      problems.add(
          "%s=%s: events.format=%s has no envelope: remove it",
          EventKeys.ENVELOPE, KebabCase.of(schema.envelope()), KebabCase.of(format));
    }
    if (named && format != EventFormat.JSON && schema.envelope() == EventSchema.Envelope.CONNECT) {
      problems.add(
          "%s=connect: Kafka Connect's converters for %s wrap nothing: remove it",
          EventKeys.ENVELOPE, KebabCase.of(format));
    }
    boolean timed =
        Stream.of(schema.time(), schema.importance(), schema.key())
            .filter(Objects::nonNull)
            .anyMatch(field -> FieldPath.parse(field).source() == FieldPath.Source.VALUE);
    if (format == EventFormat.FLOAT32 && timed) {
      problems.add(
          "events.time, events.importance and events.key need a format with named fields, not"
              + " float32, or key: or header:NAME");
    }
    Stream.concat(schema.head().stream(), features().stream().map(Feature::path))
        .filter(FieldPath::isWithinKey)
        .filter(path -> format != EventFormat.JSON)
        .distinct()
        .forEach(
            path ->
                problems.add(
                    "field '%s': a field within the key is for events.format=json; key: alone is"
                        + " the key as a text",
                    path));
    for (Feature feature : features()) {
      boolean inValue = feature.path().source() == FieldPath.Source.VALUE;
      boolean array = inValue ? named : feature.path().isWithinKey();
      if (feature.type() instanceof Feature.Categories && !array) {
        problems.add(
            "%s=categories: %s has no arrays: must be category",
            key(FeatureKeys.TYPE, feature),
            inValue ? "events.format=" + KebabCase.of(format) : "'" + feature.path() + "'");
      } else if (format == EventFormat.FLOAT32 && inValue) {
        float32(feature);
      }
    }
  }

  private void float32(Feature feature) {
    if (!(feature.type() instanceof Feature.Number)) {
      problems.add(
          "%s=%s: events.format=float32 has numbers only",
          key(FeatureKeys.TYPE, feature), feature.typeName());
    }
    if (!feature.path().text().equals(feature.name())) {
      problems.add(
          "%s=%s: events.format=float32 has no named fields: remove it",
          key(FeatureKeys.PATH, feature), feature.path());
    }
  }

  private void literals() {
    for (Feature feature : features()) {
      boolean own = values.features().find(FeatureKeys.MISSING, feature.name()).isPresent();
      feature
          .literalProblem()
          .ifPresent(
              rule ->
                  problems.add(
                      "%s=%s: must be dead-letter, mean or, for feature '%s' of %s=%s, %s",
                      own ? key(FeatureKeys.MISSING, feature) : EventKeys.MISSING.name(),
                      feature.missingName(),
                      feature.name(),
                      key(FeatureKeys.TYPE, feature),
                      feature.typeName(),
                      rule));
    }
  }
}
