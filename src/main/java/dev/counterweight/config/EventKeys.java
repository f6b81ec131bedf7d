package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;
import static dev.counterweight.config.Declaration.required;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.weights.HalfLife;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the user's topic and how to read it. */
final class EventKeys {
  static final String EVENTS_TOPIC = "events.topic";
  static final String EVENTS_FORMAT = "events.format";
  static final String EVENTS_START = "events.start";
  static final String EVENTS_LABEL = "events.label";
  static final String EVENTS_CLASSES = "events.classes";
  static final String EVENTS_FEATURES = "events.features";
  static final String EVENTS_COLUMNS = "events.columns";
  static final String EVENTS_TIME = "events.time";
  static final String EVENTS_TIME_UNIT = "events.time.unit";
  static final String EVENTS_MIN_TIME = "events.min.time";
  static final String EVENTS_IMPORTANCE = "events.importance";
  static final String EVENTS_MAX_FUTURE = "events.max.future";
  private static final long DEFAULT_MAX_FUTURE_MS = 3_600_000;
  static final String EVENTS_MAX_BYTES = "events.max.bytes";
  static final String EVENTS_LOST = "events.lost";

  private EventKeys() {}

  static void declare(ConfigDef def) {
    topic(def);
    fields(def);
  }

  private static void topic(ConfigDef def) {
    required(def, EVENTS_TOPIC, Type.STRING, Rule.name(249), "Topic of labelled events.");
    key(
        def,
        EVENTS_FORMAT,
        Type.STRING,
        "json",
        Rule.oneOf("json", "csv", "float32"),
        "json: an object with a field for each feature and the label. csv: one record without a"
            + " header, the features in order, the label, then time and importance if they are"
            + " named, or as events.columns says. float32: little-endian, the features, then the"
            + " class index.");
    key(
        def,
        EVENTS_START,
        Type.STRING,
        "earliest",
        Rule.oneOf("earliest", "latest"),
        "Where a new job begins to read. Applied once, by the counter; the other roles follow it.");
    key(
        def,
        EVENTS_MAX_BYTES,
        Type.STRING,
        "4 MiB",
        Amount.size(16).atMost(1 << 30),
        "Most bytes of an event's value, uncompressed: a longer one is a dead letter. Each role"
            + " must be able to hold a few of them.");
    key(
        def,
        EVENTS_LOST,
        Type.STRING,
        "fail",
        Rule.oneOf("fail", "continue"),
        "What to do when events, or batches not yet trained on, were deleted by retention before "
            + "they were used: stop with the range named, or log it and go on.");
  }

  private static void fields(ConfigDef def) {
    required(def, EVENTS_LABEL, Type.STRING, Rule.notBlank(), "Field that holds the class.");
    required(
        def,
        EVENTS_CLASSES,
        Type.STRING,
        NameList.rule(2),
        "Label values, in class order: the first is class 0.");
    required(
        def, EVENTS_FEATURES, Type.STRING, NameList.rule(1), "Feature fields, in feature order.");
    key(
        def,
        EVENTS_COLUMNS,
        Type.STRING,
        null,
        NameList.rule(2),
        "For events.format=csv: the fields of a record, in order, where that is not features, "
            + "label, time, importance. Others than those are passed over.");
    time(def);
    key(
        def,
        EVENTS_IMPORTANCE,
        Type.STRING,
        null,
        Rule.notBlank(),
        "Field that multiplies the event's weight in counts and loss: a number from 0 to 1e30. "
            + "Default: 1 for every event.");
  }

  private static void time(ConfigDef def) {
    key(
        def,
        EVENTS_TIME,
        Type.STRING,
        null,
        Rule.notBlank(),
        "Field that holds the event time, in events.time.unit. Default: the record's timestamp.");
    key(
        def,
        EVENTS_TIME_UNIT,
        Type.STRING,
        "ms",
        Rule.oneOf("s", "ms", "us", "ns", "iso"),
        "What events.time holds: seconds, milliseconds, microseconds or nanoseconds since 1970, or "
            + "nothing but ISO 8601 with offset, which is read in every unit. `check` says which "
            + "unit its sample is in.");
    key(
        def,
        EVENTS_MIN_TIME,
        Type.STRING,
        "1990-01-01",
        Rule.date(),
        "An earlier event, by its own time or the record's, is a dead letter: most are in another "
            + "unit than events.time.unit.");
    key(
        def,
        EVENTS_MAX_FUTURE,
        Type.STRING,
        null,
        Amount.duration(0),
        "How far beyond now an event time may lie; a later one is moved back to that and counted."
            + " At most counts.half.life where that is event time, so that an event dated ahead"
            + " counts at most twice one of now. Default: 1h, or that half-life where it is"
            + " shorter.");
  }

  static EventsConfig read(Values v) {
    return new EventsConfig(
        v.text(EVENTS_TOPIC),
        v.choice(EVENTS_FORMAT, EventFormat.class),
        v.choice(EVENTS_START, EventsConfig.Start.class),
        new EventSchema(
            v.names(EVENTS_FEATURES),
            v.text(EVENTS_LABEL),
            v.names(EVENTS_CLASSES),
            v.has(EVENTS_TIME) ? v.text(EVENTS_TIME) : null,
            v.has(EVENTS_IMPORTANCE) ? v.text(EVENTS_IMPORTANCE) : null,
            v.choice(EVENTS_TIME_UNIT, EventTimeUnit.class),
            v.dateMs(EVENTS_MIN_TIME),
            v.has(EVENTS_COLUMNS) ? v.names(EVENTS_COLUMNS) : List.of()),
        v.has(EVENTS_MAX_FUTURE)
            ? v.durationMs(EVENTS_MAX_FUTURE)
            : Math.min(DEFAULT_MAX_FUTURE_MS, longestFutureMs(CounterKeys.halfLife(v))),
        (int) v.bytes(EVENTS_MAX_BYTES),
        v.choice(EVENTS_LOST, EventsConfig.Lost.class));
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
                  EVENTS_MAX_FUTURE,
                  events.maxFutureMs(),
                  CounterKeys.COUNTS_HALF_LIFE,
                  halfLife.amount()));
    }
    if (topics.owns(events.topic())) {
      problems.add(
          "%s=%s: must not be a topic that job=%s uses for itself"
              .formatted(EVENTS_TOPIC, events.topic(), topics.job()));
    }
    EventSchema schema = events.schema();
    Set<String> fields = new HashSet<>(schema.features());
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
                  EVENTS_COLUMNS,
                  String.join(",", schema.columns()),
                  String.join(", ", new TreeSet<>(fields)),
                  fields.size() == 1 ? "is" : "are"));
    }
    if (schema.time() == null && schema.timeUnit() != EventTimeUnit.MS) {
      problems.add(
          "%s=%s has no effect without %s: the record's timestamp is in milliseconds"
              .formatted(EVENTS_TIME_UNIT, schema.timeUnit(), EVENTS_TIME));
    }
    if (events.format() != EventFormat.CSV && !schema.columns().equals(usual(schema))) {
      problems.add(EVENTS_COLUMNS + " is for events.format=csv: remove it");
    }
    if (events.format() == EventFormat.FLOAT32
        && (schema.time() != null || schema.importance() != null)) {
      problems.add(
          "events.time and events.importance need a format with named fields, not float32");
    }
    return problems;
  }

  private static List<String> usual(EventSchema s) {
    return new EventSchema(s.features(), s.label(), s.classes(), s.time(), s.importance())
        .columns();
  }
}
