package dev.counterweight.config;

import dev.counterweight.event.EventFormat;
import dev.counterweight.event.SchemaOrigin.SchemaFile;
import dev.counterweight.protocol.KebabCase;
import org.jspecify.annotations.Nullable;

/** The keys of what labels on a topic of their own were written by; the registry is the events'. */
final class LabelSchemaKeys {
  static final KeyGroup KEYS = new KeyGroup(LabelKeys.KEYS.heading());

  private static final Key<SchemaFile> FILE =
      KEYS.optional("labels.schema.file", SchemaKeys.file())
          .needs(LabelKeys.TOPIC)
          .means(
              "File with the schema of all labels, as events.schema.file; without it, those of"
                  + " avro and protobuf are asked of events.schema.registry.");
  private static final Key<String> MESSAGE =
      KEYS.optional("labels.schema.message", Form.text())
          .needs(FILE)
          .means(
              "For labels in protobuf: the message that a label is, where labels.schema.file has"
                  + " several.");
  private static final Key<SchemaKeys.Framing> FRAME =
      KEYS.key("labels.schema.frame", "auto", Form.oneOf(SchemaKeys.Framing.class))
          .needs(LabelKeys.TOPIC)
          .means(
              "How labels are framed, as events.schema.frame. auto: confluent where"
                  + " events.schema.registry is set and labels.schema.file is not, and labels are"
                  + " avro or protobuf, or json as events are; else none.");

  private LabelSchemaKeys() {}

  /**
   * Where the schemas of labels come from.
   *
   * @param format of the labels
   * @param events the user's topic of events
   */
  static SchemaConfig read(Values v, EventFormat format, EventsConfig events) {
    @Nullable SchemaFile file = v.find(FILE).orElse(null);
    @Nullable RegistryConfig registry = file == null ? events.schemas().registry() : null;
    boolean alike = format == EventFormat.JSON && events.format() == EventFormat.JSON;
    boolean known = format.needsSchema() || alike;
    return new SchemaConfig(
        registry,
        file == null
            ? null
            : new SchemaFile(file.name(), file.bytes(), v.find(MESSAGE).orElse(null)),
        switch (v.get(FRAME)) {
          case NONE -> false;
          case CONFLUENT -> true;
          case AUTO -> registry != null && known;
        });
  }

  /** Looks at the rules between the keys. */
  static void check(Values v, EventsConfig labels, Problems problems) {
    EventFormat format = labels.format();
    SchemaConfig schemas = labels.schemas();
    String formatted = "labels.format=" + KebabCase.of(format);
    int before = problems.count();
    boolean binary = format.needsSchema();
    if (binary && schemas.registry() == null && schemas.file() == null) {
      problems.add("%s needs events.schema.registry or %s", formatted, FILE);
    }
    if (binary && schemas.registry() != null && !schemas.framed()) {
      problems.add(
          FRAME
              + "=none: events.schema.registry has no id to look up then: set "
              + FILE
              + ", or leave it out");
    }
    if (!binary && schemas.file() != null) {
      problems.add("%s is for avro or protobuf, not %s: remove it", FILE, formatted);
    }
    if (!binary && format != EventFormat.JSON && schemas.framed()) {
      problems.add("%s has no frames: remove %s", formatted, FRAME);
    }
    if (v.find(MESSAGE).isPresent() && v.find(FILE).isPresent() && format != EventFormat.PROTOBUF) {
      problems.add("%s is for protobuf, not %s: remove it", MESSAGE, formatted);
    }
    if (problems.count() == before) {
      SchemaKeys.requireReadable(FILE, labels, problems);
    }
  }
}
