package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
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
final class AvroDecoder extends SchemaDecoder<Schema, AvroProjection> {
  private final SchemaReadings<Reading> readings;
  private final AvroInput in = new AvroInput();

  /**
   * @param origin a registry or a file
   * @throws IllegalArgumentException if there is neither, or the file is no schema
   */
  AvroDecoder(EventSchema schema, EventRules rules, SchemaOrigin origin) {
    super(schema, rules, origin.framed(), "'after' is null");
    this.readings =
        new SchemaReadings<>(
            origin, "Avro", file -> new Reading(schema(file)), found -> new Reading(schema(found)));
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

  @Override
  AvroProjection projection(Schema type, @Nullable String envelope) {
    return new AvroProjection(type, envelope);
  }

  @Override
  Reading open(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    Frame frame = readings.frame(event, value);
    in.open(value, frame == null ? 0 : frame.start());
    return readings.of(frame);
  }

  @Override
  void read(Schema type, AvroProjection part, RawEvent event) throws EventRejectedException {
    try {
      part.read(event, in);
    } catch (EventRejectedException e) {
      throw new EventRejectedException(
          e.reason(),
          () ->
              "no Avro of '%s': %s%s"
                  .formatted(
                      type.getType() == Schema.Type.RECORD ? type.getFullName() : type.getName(),
                      e.getMessage(),
                      hint(event)));
    }
  }

  /** The fields that are looked for. */
  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    return Optional.of(
        places(event).stream()
            .map(at -> Shown.text(at.path().text()) + "=" + Shown.text(at.value().shown()))
            .collect(Collectors.joining(", ")));
  }
}
