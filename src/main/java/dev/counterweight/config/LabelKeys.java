package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of labels that come on a topic of their own, and of the joiner. */
final class LabelKeys {
  static final KeyGroup KEYS = new KeyGroup("Labels that come later");

  static final String DROP = "drop";

  private static final long MAX_MS = Duration.ofDays(3650).toMillis();

  static final Key<String> TOPIC =
      KEYS.optional("labels.topic", Form.name(249))
          .means(
              "Topic of the labels, where they come later than their events and on their own. The"
                  + " joiner joins the two by key and writes JOB.labelled, which counter and"
                  + " sampler then read. Instead of events.label.");
  static final Key<EventFormat> FORMAT =
      KEYS.optional("labels.format", Form.oneOf(EventFormat.class))
          .needs(TOPIC)
          .means(
              "Format of the labels, as events.format. csv: the label, then time and key, as far as"
                  + " they stand in the value. float32: the class index. Default: events.format.");
  static final Key<FieldPath> LABEL =
      KEYS.optional("labels.label", Form.path())
          .needs(TOPIC)
          .means(
              "Field of a label that holds the class, one of events.classes; required with"
                  + " labels.topic.");
  static final Key<FieldPath> TIME =
      KEYS.optional("labels.time", Form.path())
          .needs(TOPIC)
          .means("Field of a label that holds its time. Default: the record's timestamp.");
  static final Key<EventTimeUnit> TIME_UNIT =
      KEYS.optional("labels.time.unit", Form.oneOf(EventTimeUnit.class))
          .needs(TIME)
          .means("What labels.time holds, as events.time.unit. Default: events.time.unit.");
  static final Key<EventSchema.Envelope> ENVELOPE =
      KEYS.key("labels.envelope", "none", Form.oneOf(EventSchema.Envelope.class))
          .needs(TOPIC)
          .means("What a label is wrapped in, as events.envelope.");
  static final Key<FieldPath> EVENTS_KEY =
      KEYS.key("events.key", LabelsConfig.RECORD_KEY, Form.path())
          .needs(TOPIC)
          .means(
              "What of an event its label is found by: key: for the record's key, byte by byte, or"
                  + " a field, a field of the key (key:id) or a header, as text. Where it is not"
                  + " the record's key, the topic is repartitioned on the way.");
  static final Key<FieldPath> LABELS_KEY =
      KEYS.key("labels.key", LabelsConfig.RECORD_KEY, Form.path())
          .needs(TOPIC)
          .means("What of a label its events are found by, as events.key.");
  static final Key<Long> WAIT =
      KEYS.optional("labels.wait", Amount.DURATION.between(1, MAX_MS))
          .needs(TOPIC)
          .means(
              "Event time that an event waits for its label, and a label for its event; required"
                  + " with labels.topic. Too short a wait calls events unlabelled whose label comes"
                  + " later; a longer one costs state on disk, and weights that are older.");
  static final Key<Long> GRACE =
      KEYS.key("labels.grace", "1m", Amount.DURATION.between(4, MAX_MS))
          .needs(TOPIC)
          .means(
              "How much later than its wait an event is decided: time for records that are late or"
                  + " out of order. On an idle topic it passes by the wall clock.");
  static final Key<String> MISSING =
      KEYS.key("labels.missing", DROP, Form.text())
          .needs(TOPIC)
          .means(
              "What an event is whose label has not come after the wait: one of events.classes, or"
                  + " drop, which leaves it out and counts it.");
  static final Key<Conflict> CONFLICT =
      KEYS.key("labels.conflict", "first", Form.oneOf(Conflict.class))
          .needs(TOPIC)
          .means(
              "Which of several labels within the wait counts. first: the one that comes first; the"
                  + " event leaves at once. last: the latest by its time. priority: the class"
                  + " listed later in events.classes. With these two, the event leaves after the"
                  + " wait.");
  static final Key<Scope> SCOPE =
      KEYS.key("labels.for", "all", Form.oneOf(Scope.class))
          .needs(TOPIC)
          .means(
              "Which events of its key a label within the wait is for: all of them, or the latest"
                  + " that was there at the label's time, else the next one.");
  static final Key<LabelsConfig.AtEnd> AT_END =
      KEYS.key("labels.at.end", "keep", Form.oneOf(LabelsConfig.AtEnd.class))
          .needs(TOPIC)
          .means(
              "What becomes, under --stop-at-end, of events that still wait: kept for the next run,"
                  + " or decided as if their wait were over.");
  static final Key<Long> CORRECT_FOR =
      KEYS.key("labels.correct.for", "0", Amount.DURATION.between(0, MAX_MS))
          .needs(TOPIC)
          .means(
              "For how long after the wait a label still corrects what was written: the event is"
                  + " written again with the class it replaces, and counted anew. Events are kept"
                  + " for as long.");
  static final Key<String> STATE_DIR =
      KEYS.optional("labels.state.dir", Form.text())
          .needs(TOPIC)
          .means(
              "Folder of the joiner's state, on a disk of its own that outlives the process;"
                  + " required with labels.topic. One that is lost is filled again from Kafka.");
  static final Key<Long> RETENTION =
      KEYS.key("labels.retention", "7d", Amount.DURATION.atLeast(3_600_000))
          .needs(TOPIC)
          .means(
              "How long labelled events are kept: the retention.ms of JOB.labelled where it is"
                  + " made. It must be longer than the sampler is ever down.");
  static final Key<Repartition> REPARTITION =
      KEYS.key("labels.repartition", "auto", Form.oneOf(Repartition.class))
          .needs(TOPIC)
          .means(
              "auto: a topic joined on its record's key is read as it is, if the other one has as"
                  + " many partitions or is repartitioned. always: both are repartitioned, for keys"
                  + " that producers of other kinds put into other partitions (librdkafka's default"
                  + " is not Java's). `check` tells.");

  /** When topics are repartitioned. */
  enum Repartition {
    AUTO,
    ALWAYS
  }

  private LabelKeys() {}

  /**
   * What is said of labels, or null where they stand in the events.
   *
   * @param events the user's topic of events
   */
  static @Nullable LabelsConfig read(Values v, EventsConfig events) {
    if (v.find(TOPIC).isEmpty()) {
      return null;
    }
    return new LabelsConfig(
        events,
        labels(v, events),
        v.find(WAIT).orElse(1L),
        v.get(GRACE),
        v.get(CORRECT_FOR),
        v.get(CONFLICT),
        v.get(SCOPE),
        events.schema().classes().indexOf(v.get(MISSING)),
        v.get(AT_END),
        Path.of(v.find(STATE_DIR).orElse("state")),
        v.get(RETENTION),
        v.get(REPARTITION) == Repartition.ALWAYS);
  }

  private static EventsConfig labels(Values v, EventsConfig events) {
    EventSchema of = events.schema();
    EventFormat format = v.find(FORMAT).orElse(events.format());
    return new EventsConfig(
        v.get(TOPIC),
        format,
        events.start(),
        new EventSchema(
            new FeatureSchema(List.of()),
            v.find(LABEL).map(FieldPath::text).orElse("(label)"),
            of.classes(),
            v.find(TIME).map(FieldPath::text).orElse(null),
            null,
            v.find(TIME_UNIT).orElse(of.timeUnit()),
            of.minTimeMs(),
            List.of(),
            of.synonyms(),
            v.get(ENVELOPE),
            of.skipsUnlabelled(),
            v.get(LABELS_KEY).text()),
        events.maxFutureMs(),
        events.maxBytes(),
        events.lost(),
        LabelSchemaKeys.read(v, format, events),
        false,
        false);
  }
}
