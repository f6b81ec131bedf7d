package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;
import static dev.counterweight.config.Declaration.required;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
  static final String EVENTS_TIME = "events.time";
  static final String EVENTS_IMPORTANCE = "events.importance";
  static final String EVENTS_MAX_FUTURE = "events.max.future";
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
            + " named. float32: little-endian, the features, then the class index.");
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
        Type.LIST,
        Rule.distinct(2),
        "Label values, in class order: the first is class 0.");
    required(
        def, EVENTS_FEATURES, Type.LIST, Rule.distinct(1), "Feature fields, in feature order.");
    key(
        def,
        EVENTS_TIME,
        Type.STRING,
        null,
        Rule.notBlank(),
        "Field that holds the event time: milliseconds since 1970, or ISO 8601 with offset. "
            + "Default: the record's timestamp.");
    key(
        def,
        EVENTS_IMPORTANCE,
        Type.STRING,
        null,
        Rule.notBlank(),
        "Field that multiplies the event's weight in counts and loss: a number from 0 to 1e30. "
            + "Default: 1 for every event.");
    key(
        def,
        EVENTS_MAX_FUTURE,
        Type.STRING,
        "1h",
        Amount.duration(0),
        "How far beyond now an event time may lie; a later one is moved back to that and counted.");
  }

  static EventsConfig read(Values v) {
    return new EventsConfig(
        v.text(EVENTS_TOPIC),
        v.choice(EVENTS_FORMAT, EventFormat.class),
        v.choice(EVENTS_START, EventsConfig.Start.class),
        new EventSchema(
            v.list(EVENTS_FEATURES),
            v.text(EVENTS_LABEL),
            v.list(EVENTS_CLASSES),
            v.has(EVENTS_TIME) ? v.text(EVENTS_TIME) : null,
            v.has(EVENTS_IMPORTANCE) ? v.text(EVENTS_IMPORTANCE) : null),
        v.durationMs(EVENTS_MAX_FUTURE),
        (int) v.bytes(EVENTS_MAX_BYTES),
        v.choice(EVENTS_LOST, EventsConfig.Lost.class));
  }

  /** A line for each rule broken between the keys; empty if none is. */
  static List<String> problems(EventsConfig events, JobTopics topics) {
    List<String> problems = new ArrayList<>();
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
    if (events.format() == EventFormat.FLOAT32
        && (schema.time() != null || schema.importance() != null)) {
      problems.add(
          "events.time and events.importance need a format with named fields, not float32");
    }
    return problems;
  }
}
