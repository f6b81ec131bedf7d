package dev.counterweight.event;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names by which an event's parts are found, in the order in which the model sees them.
 *
 * @param features what the model sees, in order; none of labels that come apart from their events
 * @param label the field that holds the class, or null if labels come apart from their events
 * @param classes label values, in class order: the class index of an event is its label's place
 *     here; at least two, none twice
 * @param time the field that holds the event time, or null for the record's own timestamp
 * @param importance the field that multiplies the event's weight, or null for one
 * @param timeUnit what the time field holds
 * @param minTimeMs the earliest time of an event, milliseconds since 1970, at least 0
 * @param columns the fields of a record without names, in order; if none are given, the features,
 *     the label, then time, importance and join key if there are such, as far as they stand in its
 *     value and are not among those before
 * @param synonyms further label values of each class, in class order; none given is none for any
 * @param envelope what the event is wrapped in
 * @param skipsUnlabelled whether an event without a label is passed over, not rejected
 * @param key the field by which events and labels that come apart find each other, or null
 */
public record EventSchema(
    FeatureSchema features,
    @Nullable String label,
    List<String> classes,
    @Nullable String time,
    @Nullable String importance,
    EventTimeUnit timeUnit,
    long minTimeMs,
    List<String> columns,
    List<List<String>> synonyms,
    Envelope envelope,
    boolean skipsUnlabelled,
    @Nullable String key) {

  /** Most bytes of a join key. */
  public static final int MOST_KEY_BYTES = 64 << 10;

  /** What producers of changes wrap an event in. */
  public enum Envelope {
    /** Nothing: the value is the event. */
    NONE,
    /** A change as Debezium writes it: the event is what stands after it. */
    DEBEZIUM,
    /** Schema and payload, as Kafka Connect's JsonConverter writes them. */
    CONNECT
  }

  public EventSchema {
    classes = List.copyOf(classes);
    synonyms =
        synonyms.isEmpty()
            ? Collections.nCopies(classes.size(), List.of())
            : synonyms.stream().map(List::copyOf).toList();
    columns =
        columns.isEmpty() ? columns(features, label, time, importance, key) : List.copyOf(columns);
  }

  /** Without synonyms, envelope and join key; an event must have a label. */
  public EventSchema(
      FeatureSchema features,
      @Nullable String label,
      List<String> classes,
      @Nullable String time,
      @Nullable String importance,
      EventTimeUnit timeUnit,
      long minTimeMs,
      List<String> columns) {
    this(
        features,
        label,
        classes,
        time,
        importance,
        timeUnit,
        minTimeMs,
        columns,
        List.of(),
        Envelope.NONE,
        false,
        null);
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

  /** Of features alone: nothing else is looked for in an event. */
  public static EventSchema ofFeatures(
      FeatureSchema features, List<String> classes, Envelope envelope) {
    return new EventSchema(
        features,
        null,
        classes,
        null,
        null,
        EventTimeUnit.MS,
        0,
        List.of(),
        List.of(),
        envelope,
        false,
        null);
  }

  /** The columns that a record without names has if none are given. */
  public List<String> usualColumns() {
    return columns(features, label, time, importance, key);
  }

  /**
   * The same events, read for other features alone: label, time, importance and join key are
   * neither looked for nor required. The columns of a record stay.
   *
   * @param others what is read of them
   * @param names of the classes, in class order
   */
  public EventSchema headless(FeatureSchema others, List<String> names) {
    return new EventSchema(
        others, null, names, null, null, timeUnit, minTimeMs, columns, List.of(), envelope, false,
        null);
  }

  /** Whether it is of what {@link #headless} made: nothing but features is read of an event. */
  public boolean isHeadless() {
    return label == null && time == null && importance == null && key == null;
  }

  private static List<String> columns(FeatureSchema features, @Nullable String... head) {
    return Stream.concat(features.features().stream().map(Feature::path), paths(head))
        .filter(path -> path.source() == FieldPath.Source.VALUE)
        .map(FieldPath::name)
        .distinct()
        .toList();
  }

  private static Stream<FieldPath> paths(@Nullable String... fields) {
    return Arrays.stream(fields).filter(Objects::nonNull).map(FieldPath::parse);
  }

  /**
   * What must not change of it while a job lives. Its label has no name where labels come apart: no
   * role compares such a one.
   */
  public Schema schema() {
    return new Schema(features.names(), features.kinds(), label == null ? "" : label, classes);
  }

  /** Label, time, importance and join key, as far as there are such. */
  public List<FieldPath> head() {
    return paths(label, time, importance, key).toList();
  }

  /** Whether label, time, importance or join key stands in the record's key. */
  public boolean headInKey() {
    return head().stream().anyMatch(path -> path.source() == FieldPath.Source.KEY);
  }

  /** Whether it is of labels that come apart from their events. */
  public boolean isOfLabels() {
    return features.features().isEmpty();
  }

  /** What the configuration keys that it is of begin with. */
  String side() {
    return isOfLabels() ? "labels" : "events";
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
