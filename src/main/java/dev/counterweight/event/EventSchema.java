package dev.counterweight.event;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names by which an event's parts are found, in the order in which the model sees them.
 *
 * @param features what the model sees, in order
 * @param label the field that holds the class
 * @param classes label values, in class order: the class index of an event is its label's place
 *     here; at least two, none twice
 * @param time the field that holds the event time, or null for the record's own timestamp
 * @param importance the field that multiplies the event's weight, or null for one
 * @param timeUnit what the time field holds
 * @param minTimeMs the earliest time of an event, milliseconds since 1970, at least 0
 * @param columns the fields of a record without names, in order; if none are given, the features,
 *     the label, then time and importance if there are such
 */
public record EventSchema(
    FeatureSchema features,
    String label,
    List<String> classes,
    @Nullable String time,
    @Nullable String importance,
    EventTimeUnit timeUnit,
    long minTimeMs,
    List<String> columns) {

  public EventSchema {
    classes = List.copyOf(classes);
    columns =
        columns.isEmpty()
            ? columns(features.names(), label, time, importance)
            : List.copyOf(columns);
  }

  /**
   * Of numbers; times are milliseconds from 1970 on; a record without names has the usual order.
   */
  public EventSchema(
      List<String> features,
      String label,
      List<String> classes,
      @Nullable String time,
      @Nullable String importance) {
    this(
        FeatureSchema.ofNumbers(features),
        label,
        classes,
        time,
        importance,
        EventTimeUnit.MS,
        0,
        List.of());
  }

  private static List<String> columns(
      List<String> features, String label, @Nullable String time, @Nullable String importance) {
    List<String> columns = new ArrayList<>(features);
    for (String field : Arrays.asList(label, time, importance)) {
      if (field != null) {
        columns.add(field);
      }
    }
    return List.copyOf(columns);
  }

  /** What must not change of it while a job lives. */
  public Schema schema() {
    return new Schema(features.names(), features.kinds(), label, classes);
  }

  /** Whether label, time or importance stands in the record's key. */
  public boolean headInKey() {
    return Arrays.asList(label, time, importance).stream()
        .anyMatch(path -> path != null && FieldPath.parse(path).source() == FieldPath.Source.KEY);
  }

  /** Number of columns that the features become. */
  public int columnCount() {
    return features.columnCount();
  }

  /** Number of classes K. */
  public int classCount() {
    return classes.size();
  }
}
