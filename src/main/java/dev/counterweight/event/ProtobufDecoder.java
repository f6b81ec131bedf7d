package dev.counterweight.event;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Protobuf message, plain or framed for a schema registry, of which only the fields that are
 * needed are read, by number; others are passed over, and so is what stands in them.
 *
 * <p>A field without presence (a number, text, truth or enum of proto3 that is not {@code optional}
 * nor in a oneof) that is not in the message holds its type's default, as Protobuf has it: it is
 * never missing, unless the message that it belongs to is. All others are missing if they are not
 * there, whatever default proto2 declares. An enum is its value's name, or its number if the schema
 * has no name for it. What a field has that is not of the schema's type makes an event malformed.
 */
final class ProtobufDecoder implements EventDecoder {
  /** Deeper than types are nested; each is some bytes, so that it limits what is allocated. */
  private static final int MAX_INDEXES = 100;

  /** Where Debezium puts the row that a change leaves. */
  private static final String AFTER = "after";

  private final EventSchema schema;
  private final EventRules rules;
  private final FeatureRow row;
  private final boolean framed;
  private final @Nullable Reading only;
  private final @Nullable SchemaCache<Readings> readings;

  /**
   * @param origin a registry, or a file that names the one message
   * @throws IllegalArgumentException if there is neither, or the file is no schema
   */
  ProtobufDecoder(EventSchema schema, EventRules rules, SchemaOrigin origin) {
    this.schema = schema;
    this.rules = rules;
    this.row = rules.row();
    this.framed = origin.framed();
    SchemaOrigin.SchemaFile file = origin.file();
    WriterSchemas registry = origin.registry();
    if (file == null && registry == null) {
      throw new IllegalArgumentException("Protobuf cannot be read without a schema");
    }
    this.only = file == null ? null : new Reading(message(file));
    this.readings =
        file != null || registry == null
            ? null
            : new SchemaCache<>(
                registry,
                "PROTOBUF",
                found ->
                    new Readings(
                        ProtobufSchema.ofText(
                            found.text(),
                            name -> Optional.ofNullable(found.references().get(name)))));
  }

  /**
   * The message that a file describes.
   *
   * @throws IllegalArgumentException if the file is no schema, or has no such message
   */
  static Descriptor message(SchemaOrigin.SchemaFile file) {
    ProtobufSchema schema = ProtobufSchema.ofFile(file.bytes());
    String message = file.message();
    return message == null ? schema.onlyMessage() : schema.message(message);
  }

  /** The messages of one schema, as they are met. */
  private final class Readings {
    private final ProtobufSchema types;
    private final Map<List<Integer>, Reading> byIndexes = new HashMap<>();

    Readings(ProtobufSchema types) {
      this.types = types;
    }

    Reading of(List<Integer> indexes) {
      return byIndexes.computeIfAbsent(indexes, i -> new Reading(types.message(i)));
    }
  }

  /** How messages of one type are read. */
  private final class Reading {
    private final Descriptor type;
    private final ProtobufProjection head;
    private final ProtobufProjection body;
    private final PlacedEvent placed;

    Reading(Descriptor type) {
      this.type = type;
      String envelope = schema.envelope() == EventSchema.Envelope.DEBEZIUM ? AFTER : null;
      this.head = new ProtobufProjection(type, envelope);
      this.body = new ProtobufProjection(type, envelope);
      this.placed = new PlacedEvent(schema, rules, head, body);
    }
  }

  /** An event whose message is known, before anything of it is read. */
  private record Opened(Reading reading, CodedInputStream in) {}

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    Opened opened = open(event, value);
    Reading reading = opened.reading();
    read(reading.head, event, opened);
    return reading.placed.head(event);
  }

  @Override
  public byte[] joinKey() {
    return rules.joinKey();
  }

  @Override
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    Opened opened = open(event, value);
    Reading reading = opened.reading();
    read(reading.body, event, opened);
    reading.placed.features(row, target, at);
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }

  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    Opened opened = open(event, rules.present(event.value()));
    try {
      DynamicMessage whole = DynamicMessage.parseFrom(opened.reading().type, opened.in());
      return Optional.of(
          Shown.text(TextFormat.printer().emittingSingleLine(true).printToString(whole)));
    } catch (IOException e) {
      throw malformed(opened.reading(), event, e);
    }
  }

  private void read(ProtobufProjection part, RawEvent event, Opened opened)
      throws EventRejectedException {
    try {
      part.read(event, opened.in());
    } catch (IOException e) {
      throw malformed(opened.reading(), event, e);
    }
    if (part.isEmpty()) {
      throw new EventRejectedException(
          Reason.TOMBSTONE, "a change that leaves nothing: there is no '" + AFTER + "'");
    }
  }

  private Opened open(RawEvent event, byte[] value) throws EventRejectedException {
    Frame frame = framed ? Frame.of(event, value) : null;
    CodedInputStream in = CodedInputStream.newInstance(value);
    if (frame == null) {
      return new Opened(java.util.Objects.requireNonNull(only), in);
    }
    try {
      List<Integer> indexes;
      if (frame.start() == 0) {
        indexes = indexes(CodedInputStream.newInstance(frame.behind()));
      } else {
        in.skipRawBytes(frame.start());
        indexes = indexes(in);
      }
      return new Opened(
          only != null
              ? only
              : java.util.Objects.requireNonNull(readings).of(frame.schema()).of(indexes),
          in);
    } catch (IOException | IllegalArgumentException e) {
      throw new EventRejectedException(
          Reason.MALFORMED, () -> "frame of schema %s: %s".formatted(frame.schema(), sentence(e)));
    }
  }

  /** Which message of the schema it is; a 0 alone stands for the first. */
  static List<Integer> indexes(CodedInputStream in) throws IOException {
    int count = in.isAtEnd() ? 0 : in.readSInt32();
    if (count == 0) {
      return List.of(0);
    }
    if (count < 0 || count > MAX_INDEXES) {
      throw new InvalidProtocolBufferException(
          "%d message indexes: must be 1 to %d".formatted(count, MAX_INDEXES));
    }
    List<Integer> indexes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      indexes.add(in.readSInt32());
    }
    return indexes;
  }

  private EventRejectedException malformed(Reading reading, RawEvent event, IOException e) {
    byte[] value = event.value();
    boolean json = value != null && value.length > 0 && value[0] == '{';
    return new EventRejectedException(
        Reason.MALFORMED,
        () ->
            "no message '%s': %s%s"
                .formatted(
                    reading.type.getFullName(),
                    sentence(e),
                    json
                        ? "; the record looks like JSON: events.format=json reads it"
                        : !framed && value != null && value.length > 0 && value[0] == 0
                            ? "; it begins with byte 0, as values framed for a schema registry do:"
                                + " events.schema.frame=confluent reads those"
                            : ""));
  }

  /** Of the library's explanations, the fact. */
  private static String sentence(Exception e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(".  ");
    return Shown.text(end < 0 ? message.replaceAll("\\.$", "") : message.substring(0, end));
  }
}
