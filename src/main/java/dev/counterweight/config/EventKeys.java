package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.weights.HalfLife;
import java.time.ZoneId;
import java.util.List;

/** The keys of the user's topic and how to read it. */
final class EventKeys {
  static final KeyGroup KEYS = new KeyGroup("Events");

  private static final long DEFAULT_MAX_FUTURE_MS = 3_600_000;

  private static final Key<String> TOPIC =
      KEYS.required("events.topic", "a-topic", Form.name(249))
          .means("Topic of events, with their labels unless labels.topic brings those.");
  private static final Key<EventFormat> FORMAT =
      KEYS.key("events.format", "json", Form.oneOf(EventFormat.class))
          .means(
              "json: an object with a field for each feature and the label. csv: one record without"
                  + " a header, the features in order, the label, then time and importance if they"
                  + " are named, or as events.columns says. float32: little-endian, the features,"
                  + " then the class index. avro: binary, without a file's header. protobuf: a"
                  + " message. The schemas of both come from events.schema.registry or"
                  + " events.schema.file.");
  private static final Key<EventsConfig.Start> START =
      KEYS.key("events.start", "earliest", Form.oneOf(EventsConfig.Start.class))
          .means(
              "Where a new job begins to read. Applied once, by the counter; the other roles follow"
                  + " it. With labels.topic by the joiner, which reads labels from labels.wait"
                  + " before.");
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
  private static final Key<FieldPath> LABEL =
      KEYS.optional("events.label", Form.path())
          .means(
              "Field that holds the class; a path as feature.NAME.path is one. Required, unless the"
                  + " labels come on a topic of their own, labels.topic.");
  private static final Key<Unlabelled> UNLABELLED =
      KEYS.key("events.unlabelled", "dead-letter", Form.oneOf(Unlabelled.class))
          .means(
              "What becomes of an event whose label is absent, null or blank: a dead letter, or it"
                  + " is passed over and counted.");
  static final Key<List<List<String>>> CLASSES =
      KEYS.required("events.classes", "(a),(b)", Form.namesWithSynonyms(2))
          .means(
              "Label values, in class order: the first is class 0. Where labels of one class are"
                  + " written in several ways, with a | between: ok|legit|0,fraud|chargeback|1; the"
                  + " first is the class's name.");
  private static final Key<List<String>> FEATURES =
      KEYS.required("events.features", "(feature)", Form.names(1))
          .means(
              "Features, in feature order: numbers in fields of these names, unless feature.NAME"
                  + " keys say otherwise.");
  static final Key<String> MISSING =
      KEYS.key("events.missing", "dead-letter", Form.text())
          .means("feature.NAME.missing of every feature that has none of its own.");
  static final Key<EventSchema.Envelope> ENVELOPE =
      KEYS.key("events.envelope", "none", Form.oneOf(EventSchema.Envelope.class))
          .means(
              "What the event is wrapped in. debezium: a change (op, before, after), whose after is"
                  + " the event; a delete is passed over and counted. connect: schema and payload,"
                  + " as Kafka Connect's JsonConverter writes them.");
  static final Key<List<String>> COLUMNS =
      KEYS.optional("events.columns", Form.names(2))
          .means(
              "For events.format=csv: the fields of a record, in order, where that is not features,"
                  + " label, time, importance. Others than those are passed over.");
  static final Key<FieldPath> TIME =
      KEYS.optional("events.time", Form.path())
          .means(
              "Field that holds the event time, in events.time.unit; a path as feature.NAME.path is"
                  + " one. Default: the record's timestamp.");
  static final Key<EventTimeUnit> TIME_UNIT =
      KEYS.key("events.time.unit", "ms", Form.oneOf(EventTimeUnit.class))
          .means(
              "What events.time holds: seconds, milliseconds, microseconds or nanoseconds since"
                  + " 1970, or nothing but ISO 8601 with offset, which is read in every unit."
                  + " `check` says which unit its sample is in.");
  private static final Key<ZoneId> ZONE =
      KEYS.key("events.zone", "UTC", Form.zone())
          .means("Time zone of the hours and weekdays that features of type time give.");
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
  private static final Key<FieldPath> IMPORTANCE =
      KEYS.optional("events.importance", Form.path())
          .means(
              "Field that multiplies the event's weight in counts and loss, a number from 0 to"
                  + " 1e30; a path as feature.NAME.path is one. Default: 1 for every event.");

  private static final Key<Boolean> RECENT_LABELS =
      KEYS.key("events.recent.labels", false, Form.flag())
          .means(
              "Whether how the last labels of its partition fell tells of an event: its"
                  + " probabilities are then corrected by what the shares of the classes in the"
                  + " last 1, 5 and 33 labels or so are found to be worth. For streams whose"
                  + " classes come in runs, and whose labels come soon: what is served knows no"
                  + " labels after its checkpoint. Where sampler and trainer are restarted apart,"
                  + " the sampler first.");

  /** What becomes of an event without a label. */
  private enum Unlabelled {
    DEAD_LETTER,
    SKIP
  }

  private EventKeys() {}

  static EventsConfig read(Values v, long seed) {
    return new EventsConfig(
        v.get(TOPIC),
        v.get(FORMAT),
        v.get(START),
        schema(v, seed),
        v.find(MAX_FUTURE)
            .orElseGet(
                () ->
                    Math.min(DEFAULT_MAX_FUTURE_MS, longestFutureMs(v.get(CounterKeys.HALF_LIFE)))),
        v.get(MAX_BYTES).intValue(),
        v.get(LOST),
        SchemaKeys.read(v),
        false,
        v.get(RECENT_LABELS));
  }

  private static EventSchema schema(Values v, long seed) {
    FeatureKeys.Defaults defaults =
        new FeatureKeys.Defaults(seed, v.get(MISSING), v.get(ZONE), v.get(TIME_UNIT));
    List<List<String>> classes = v.get(CLASSES);
    boolean apart = v.find(LabelKeys.TOPIC).isPresent();
    return new EventSchema(
        new FeatureSchema(
            v.get(FEATURES).stream()
                .map(name -> FeatureKeys.read(name, v.features(), defaults))
                .toList()),
        apart ? null : v.find(LABEL).map(FieldPath::text).orElse("(label)"),
        classes.stream().map(names -> names.get(0)).toList(),
        v.find(TIME).map(FieldPath::text).orElse(null),
        v.find(IMPORTANCE).map(FieldPath::text).orElse(null),
        v.get(TIME_UNIT),
        v.get(MIN_TIME),
        v.find(COLUMNS).orElse(List.of()),
        classes.stream().map(names -> names.subList(1, names.size())).toList(),
        v.get(ENVELOPE),
        v.get(UNLABELLED) == Unlabelled.SKIP,
        apart ? v.get(LabelKeys.EVENTS_KEY).text() : null);
  }

  /** An event a half-life ahead weighs two of now. */
  private static long longestFutureMs(HalfLife halfLife) {
    return halfLife.unit() == HalfLife.Unit.MILLISECONDS ? halfLife.amount() : Long.MAX_VALUE;
  }

  /** Looks at the rules between the keys. */
  static void check(Values v, EventsConfig events, JobConfig job, Problems problems) {
    HalfLife halfLife = job.counter().halfLife();
    if (events.maxFutureMs() > longestFutureMs(halfLife)) {
      problems.add(
          "%s=%d ms: must be at most %s, %d ms, or one event dated ahead would outweigh all others"
              + " for as long: lower it, or leave it out",
          MAX_FUTURE, events.maxFutureMs(), CounterKeys.HALF_LIFE, halfLife.amount());
    }
    problems.requireForeign(TOPIC, events.topic(), job.topics());
    boolean apart = v.find(LabelKeys.TOPIC).isPresent();
    v.find(LABEL)
        .filter(label -> apart)
        .ifPresent(
            label ->
                problems.add(
                    "%s=%s: must not be set with %s, which brings the labels: remove it",
                    LABEL, label, LabelKeys.TOPIC));
    if (!apart && v.find(LABEL).isEmpty()) {
      problems.missing(LABEL);
    }
    FieldRules.check(v, events, problems);
  }
}
