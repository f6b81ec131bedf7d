package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.weights.HalfLife;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The keys of the user's topic and how to read it. */
final class EventKeys {
  static final KeyGroup KEYS = new KeyGroup("Events");

  private static final long DEFAULT_MAX_FUTURE_MS = 3_600_000;

  private static final Key<String> TOPIC =
      KEYS.required("events.topic", "a-topic", Form.name(249)).means("Topic of labelled events.");
  private static final Key<EventFormat> FORMAT =
      KEYS.key("events.format", "json", Form.oneOf(EventFormat.class))
          .means(
              "json: an object with a field for each feature and the label. csv: one record without"
                  + " a header, the features in order, the label, then time and importance if they"
                  + " are named, or as events.columns says. float32: little-endian, the features,"
                  + " then the class index.");
  private static final Key<EventsConfig.Start> START =
      KEYS.key("events.start", "earliest", Form.oneOf(EventsConfig.Start.class))
          .means(
              "Where a new job begins to read. Applied once, by the counter; the other roles follow"
                  + " it.");
  private static final Key<Long> MAX_BYTES =
      KEYS.key("events.max.bytes", "4 MiB", Amount.SIZE.between(16, 1 << 30))
          .means(
              "Most bytes of an event's value, uncompressed: a longer one is a dead letter. Each"
                  + " role must be able to hold a few of them.");
  private static final Key<EventsConfig.Lost> LOST =
      KEYS.key("events.lost", "fail", Form.oneOf(EventsConfig.Lost.class))
          .means(
              "What to do when events, or batches not yet trained on, were deleted by retention"
                  + " before they were used: stop with the range named, or log it and go on.");
  private static final Key<String> LABEL =
      KEYS.required("events.label", "(label)", Form.text()).means("Field that holds the class.");
  static final Key<List<String>> CLASSES =
      KEYS.required("events.classes", "(a),(b)", Form.names(2))
          .means("Label values, in class order: the first is class 0.");
  private static final Key<List<String>> FEATURES =
      KEYS.required("events.features", "(feature)", Form.names(1))
          .means("Feature fields, in feature order.");
  private static final Key<List<String>> COLUMNS =
      KEYS.optional("events.columns", Form.names(2))
          .means(
              "For events.format=csv: the fields of a record, in order, where that is not features,"
                  + " label, time, importance. Others than those are passed over.");
  private static final Key<String> TIME =
      KEYS.optional("events.time", Form.text())
          .means(
              "Field that holds the event time, in events.time.unit. Default: the record's"
                  + " timestamp.");
  private static final Key<EventTimeUnit> TIME_UNIT =
      KEYS.key("events.time.unit", "ms", Form.oneOf(EventTimeUnit.class))
          .means(
              "What events.time holds: seconds, milliseconds, microseconds or nanoseconds since"
                  + " 1970, or nothing but ISO 8601 with offset, which is read in every unit."
                  + " `check` says which unit its sample is in.");
  private static final Key<Long> MIN_TIME =
      KEYS.key("events.min.time", "1990-01-01", Form.date())
          .means(
              "An earlier event, by its own time or the record's, is a dead letter: most are in"
                  + " another unit than events.time.unit.");
  private static final Key<Long> MAX_FUTURE =
      KEYS.optional("events.max.future", Amount.DURATION.atLeast(0))
          .means(
              "How far beyond now an event time may lie; a later one is moved back to that and"
                  + " counted. At most counts.half.life where that is event time, so that an event"
                  + " dated ahead counts at most twice one of now. Default: 1h, or that half-life"
                  + " where it is shorter.");
  private static final Key<String> IMPORTANCE =
      KEYS.optional("events.importance", Form.text())
          .means(
              "Field that multiplies the event's weight in counts and loss: a number from 0 to"
                  + " 1e30. Default: 1 for every event.");

  private EventKeys() {}

  static EventsConfig read(Values v) {
    return new EventsConfig(
        v.get(TOPIC),
        v.get(FORMAT),
        v.get(START),
        new EventSchema(
            FeatureSchema.ofNumbers(v.get(FEATURES)),
            v.get(LABEL),
            v.get(CLASSES),
            v.find(TIME).orElse(null),
            v.find(IMPORTANCE).orElse(null),
            v.get(TIME_UNIT),
            v.get(MIN_TIME),
            v.find(COLUMNS).orElse(List.of())),
        v.find(MAX_FUTURE)
            .orElseGet(
                () ->
                    Math.min(DEFAULT_MAX_FUTURE_MS, longestFutureMs(v.get(CounterKeys.HALF_LIFE)))),
        v.get(MAX_BYTES).intValue(),
        v.get(LOST));
  }

  /** An event a half-life ahead weighs two of now. */
  private static long longestFutureMs(HalfLife halfLife) {
    return halfLife.unit() == HalfLife.Unit.MILLISECONDS ? halfLife.amount() : Long.MAX_VALUE;
  }

  /** A line for each rule broken between the keys; empty if none is. */
  static List<String> problems(EventsConfig events, HalfLife halfLife, JobTopics topics) {
    List<String> problems = new ArrayList<>();
    if (events.maxFutureMs() > longestFutureMs(halfLife)) {
      problems.add(
          "%s=%d ms: must be at most %s, %d ms, or one event dated ahead would outweigh all others for as long: lower it, or leave it out"
              .formatted(
                  MAX_FUTURE, events.maxFutureMs(), CounterKeys.HALF_LIFE, halfLife.amount()));
    }
    if (topics.owns(events.topic())) {
      problems.add(
          "%s=%s: must not be a topic that job=%s uses for itself"
              .formatted(TOPIC, events.topic(), topics.job()));
    }
    EventSchema schema = events.schema();
    Set<String> fields = new HashSet<>(schema.features().names());
    for (String field : Arrays.asList(schema.label(), schema.time(), schema.importance())) {
      if (field != null && !fields.add(field)) {
        problems.add(
            "field '"
                + field
                + "' is named twice among events.features, .label, .time and .importance");
      }
    }
    fields.removeAll(schema.columns());
    if (!fields.isEmpty()) {
      problems.add(
          "%s=%s: must name every field of events.features, .label, .time and .importance; %s %s missing"
              .formatted(
                  COLUMNS,
                  String.join(",", schema.columns()),
                  String.join(", ", new TreeSet<>(fields)),
                  fields.size() == 1 ? "is" : "are"));
    }
    if (schema.time() == null && schema.timeUnit() != EventTimeUnit.MS) {
      problems.add(
          "%s=%s has no effect without %s: the record's timestamp is in milliseconds"
              .formatted(TIME_UNIT, schema.timeUnit(), TIME));
    }
    if (events.format() != EventFormat.CSV && !schema.columns().equals(usual(schema))) {
      problems.add(COLUMNS + " is for events.format=csv: remove it");
    }
    if (events.format() == EventFormat.FLOAT32
        && (schema.time() != null || schema.importance() != null)) {
      problems.add(
          "events.time and events.importance need a format with named fields, not float32");
    }
    return problems;
  }

  private static List<String> usual(EventSchema s) {
    return new EventSchema(s.features().names(), s.label(), s.classes(), s.time(), s.importance())
        .columns();
  }
}
