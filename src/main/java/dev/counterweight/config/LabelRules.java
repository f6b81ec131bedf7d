package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.weights.HalfLife;
import java.util.List;
import java.util.stream.Stream;

/** The rules between the keys of labels that come on a topic of their own, and others. */
final class LabelRules {
  private final Values values;
  private final LabelsConfig config;
  private final Problems problems;

  private LabelRules(Values values, LabelsConfig config, Problems problems) {
    this.problems = problems;
    this.values = values;
    this.config = config;
  }

  static void check(Values values, JobConfig job, LabelsConfig config, Problems problems) {
    LabelRules rules = new LabelRules(values, config, problems);
    Stream.of(LabelKeys.LABEL, LabelKeys.WAIT, LabelKeys.STATE_DIR).forEach(rules::required);
    rules.topics(job);
    rules.missing();
    rules.corrections(job.counter().halfLife());
    rules.fields();
    rules.format();
    LabelSchemaKeys.check(values, config.labels(), problems);
  }

  private void required(Key<?> key) {
    if (values.find(key).isEmpty()) {
      problems.missing(key);
    }
  }

  private void topics(JobConfig job) {
    String labels = config.labels().topic();
    if (labels.equals(config.events().topic())) {
      problems.add(
          "%s=%s: must be another topic than events.topic: labels that stand in the events are read"
              + " by events.label",
          LabelKeys.TOPIC, labels);
    }
    problems.requireForeign(LabelKeys.TOPIC, labels, job.topics());
  }

  private void missing() {
    String name = values.get(LabelKeys.MISSING);
    List<String> classes = config.events().schema().classes();
    if (!name.equals(LabelKeys.DROP) && !classes.contains(name)) {
      problems.add(
          "%s=%s: must be %s or one of events.classes, %s",
          LabelKeys.MISSING, name, LabelKeys.DROP, classes);
    }
  }

  private void corrections(HalfLife halfLife) {
    if (config.correctForMs() > 0 && halfLife.unit() == HalfLife.Unit.EVENTS) {
      problems.add(
          "%s=%d ms: must be 0 with %s in events, by which the event that is corrected has faded"
              + " nobody knows how far: set a duration of event time, or none",
          LabelKeys.CORRECT_FOR, config.correctForMs(), CounterKeys.HALF_LIFE);
    }
  }

  private void fields() {
    EventSchema schema = config.labels().schema();
    if (schema.label() != null && schema.label().equals(schema.time())) {
      problems.add(
          "%s=%s: must be another field than %s", LabelKeys.TIME, schema.time(), LabelKeys.LABEL);
    }
    inKey(LabelKeys.LABEL);
    inKey(LabelKeys.TIME);
    inKey(LabelKeys.LABELS_KEY);
    if (config.labels().format() == EventFormat.FLOAT32) {
      withoutNames(LabelKeys.TIME);
      withoutNames(LabelKeys.LABELS_KEY);
    }
  }

  private void inKey(Key<FieldPath> key) {
    values
        .find(key)
        .filter(FieldPath::isWithinKey)
        .filter(path -> config.labels().format() != EventFormat.JSON)
        .ifPresent(
            path ->
                problems.add(
                    "%s=%s: a field within the key is for labels.format=json; key: alone is the key"
                        + " as a text",
                    key, path));
  }

  private void withoutNames(Key<FieldPath> key) {
    values
        .find(key)
        .filter(path -> path.source() == FieldPath.Source.VALUE)
        .ifPresent(
            path ->
                problems.add(
                    "%s=%s: needs a format with named fields, not float32, or key: or header:NAME",
                    key, path));
  }

  private void format() {
    EventFormat format = config.labels().format();
    EventSchema.Envelope envelope = config.labels().schema().envelope();
    boolean wraps =
        switch (envelope) {
          case NONE -> true;
          case DEBEZIUM -> format.hasNames();
          case CONNECT -> format == EventFormat.JSON;
        };
    if (!wraps) {
      problems.add(
          "%s=%s: labels.format=%s has no such envelope: remove it",
          LabelKeys.ENVELOPE, KebabCase.of(envelope), KebabCase.of(format));
    }
  }
}
