package dev.counterweight.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names by which an event's parts are found, in the order in which the model sees them.
 *
 * @param features feature names, in feature order; not empty, no name twice
 * @param label the field that holds the class
 * @param classes label values, in class order: the class index of an event is its label's place
 *     here; at least two, none twice
 * @param time the field that holds the event time, or null for the record's own timestamp
 * @param importance the field that multiplies the event's weight, or null for one
 */
public record EventSchema(
    List<String> features,
    String label,
    List<String> classes,
    @Nullable String time,
    @Nullable String importance) {

  public EventSchema {
    features = List.copyOf(features);
    classes = List.copyOf(classes);
  }

  /** What must not change of it while a job lives. */
  public Schema schema() {
    return Schema.ofNumbers(features, label, classes);
  }

  /** Number of features F. */
  public int featureCount() {
    return features.size();
  }

  /** Number of classes K. */
  public int classCount() {
    return classes.size();
  }
}
