package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.PlacedEvent.Place;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A value in Avro's binary encoding, plain or framed for a schema registry, by the schema that it
 * was written by: of it only the fields that are needed are read, and others are passed over.
 *
 * <p>A field that the schema has not, and a null, are missing. Timestamps and dates are points in
 * time whatever unit is configured; a local timestamp has an hour and a day, and is no time of an
 * event; decimals are numbers; an enum is its symbol's name, and a uuid its text. Other bytes are
 * neither number nor text. The whole value must be well-formed, whatever is read of it.
 */
final class AvroDecoder implements EventDecoder {
  private static final String AFTER = "after";

  private final EventSchema schema;
  private final EventRules rules;
  private final FeatureRow row;
  private final boolean framed;
  private final @Nullable Reading only;
  private final @Nullable SchemaCache<Reading> readings;
  private final AvroInput in = new AvroInput();

  /**
   * @param origin a registry or a file
   * @throws IllegalArgumentException if there is neither, or the file is no schema
   */
  AvroDecoder(EventSchema schema, EventRules rules, SchemaOrigin origin) {
    this.schema = schema;
    this.rules = rules;
    this.row = rules.row();
    this.framed = origin.framed();
    SchemaOrigin.SchemaFile file = origin.file();
    WriterSchemas registry = origin.registry();
    if (file == null && registry == null) {
      throw new IllegalArgumentException("Avro cannot be read without a schema");
    }
    this.only = file == null ? null : new Reading(schema(file));
    this.readings =
        file != null || registry == null
            ? null
            : new SchemaCache<>(registry, "AVRO", found -> new Reading(schema(found)));
  }

  /**
   * The schema in a file.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Schema schema(SchemaOrigin.SchemaFile file) {
    return schema(new RegisteredSchema("AVRO", new String(file.bytes(), UTF_8), Map.of()));
  }

  static Schema schema(RegisteredSchema registered) {
    // What a registry has taken is good enough to read by.
    Schema.Parser parser =
        new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false);
    try {
      registered.references().values().forEach(parser::parse);
      return parser.parse(registered.text());
    } catch (AvroRuntimeException | StackOverflowError e) {
      throw new IllegalArgumentException(
          "no Avro schema: " + Shown.text(String.valueOf(e.getMessage())), e);
    }
  }

  /** How events of one schema are read. */
  private final class Reading {
    private final String name;
    private final AvroProjection head;
    private final AvroProjection body;
    private final PlacedEvent placed;

    Reading(Schema type) {
      this.name = type.getType() == Schema.Type.RECORD ? type.getFullName() : type.getName();
      String envelope = schema.envelope() == Envelope.DEBEZIUM ? AFTER : null;
      this.head = new AvroProjection(type, envelope);
      this.body = new AvroProjection(type, envelope);
      this.placed = new PlacedEvent(schema, rules, head, body);
    }
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    Reading reading = open(event);
    read(reading, reading.head, event);
    return reading.placed.head(event);
  }

  @Override
  public byte[] joinKey() {
    return rules.joinKey();
  }

  @Override
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    Reading reading = open(event);
    read(reading, reading.body, event);
    reading.placed.features(row, target, at);
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }

  /** The fields that are looked for. */
  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    Reading reading = open(event);
    int start = in.at();
    read(reading, reading.head, event);
    in.open(rules.present(event.value()), start);
    read(reading, reading.body, event);
    StringJoiner named = new StringJoiner(", ");
    reading.placed.places().forEach(place -> named.add(shown(place)));
    return Optional.of(named.toString());
  }

  private static String shown(Place place) {
    return Shown.text(place.path().text()) + "=" + Shown.text(place.value().shown());
  }

  private Reading open(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    if (!framed) {
      in.open(value, 0);
      return Objects.requireNonNull(only);
    }
    Frame frame = Frame.of(event, value);
    in.open(value, frame.start());
    return only == null ? Objects.requireNonNull(readings).of(frame.schema()) : only;
  }

  private void read(Reading reading, AvroProjection part, RawEvent event)
      throws EventRejectedException {
    try {
      part.read(event, in);
    } catch (EventRejectedException e) {
      throw new EventRejectedException(
          e.reason(),
          () -> "no Avro of '%s': %s%s".formatted(reading.name, e.getMessage(), hint(event)));
    }
    if (part.isEmpty()) {
      throw new EventRejectedException(
          Reason.TOMBSTONE, "a change that leaves nothing: '" + AFTER + "' is null");
    }
  }

  private String hint(RawEvent event) {
    byte[] value = event.value();
    if (value == null || value.length == 0) {
      return "";
    }
    if (value[0] == '{') {
      return "; the record looks like JSON: events.format=json reads it";
    }
    return !framed && value[0] == 0
        ? "; it begins with byte 0, as values framed for a schema registry do:"
            + " events.schema.frame=confluent reads those"
        : "";
  }
}
