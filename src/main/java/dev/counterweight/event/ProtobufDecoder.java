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
import java.util.function.Function;
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
final class ProtobufDecoder extends SchemaDecoder<Descriptor, ProtobufProjection> {
  /** Deeper than types are nested; each is some bytes, so that it limits what is allocated. */
  private static final int MAX_INDEXES = 100;

  /** By the indexes of a message in the schema. */
  private final SchemaReadings<Function<List<Integer>, Reading>> readings;

  private CodedInputStream in = CodedInputStream.newInstance(new byte[0]);

  /**
   * @param origin a registry, or a file that names the one message
   * @throws IllegalArgumentException if there is neither, or the file is no schema
   */
  ProtobufDecoder(EventSchema schema, EventRules rules, SchemaOrigin origin) {
    super(schema, rules, origin.framed(), "there is no 'after'");
    this.readings =
        new SchemaReadings<>(
            origin,
            "Protobuf",
            file -> {
              Reading only = new Reading(message(file));
              return indexes -> only;
            },
            found -> {
              ProtobufSchema types = ProtobufSchema.of(found);
              Map<List<Integer>, Reading> met = new HashMap<>();
              return indexes ->
                  met.computeIfAbsent(indexes, place -> new Reading(types.message(place)));
            });
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

  @Override
  ProtobufProjection projection(Descriptor type, @Nullable String envelope) {
    return new ProtobufProjection(type, envelope);
  }

  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    Descriptor type = open(event).type;
    try {
      DynamicMessage whole = DynamicMessage.parseFrom(type, in);
      return Optional.of(
          Shown.text(TextFormat.printer().emittingSingleLine(true).printToString(whole)));
    } catch (IOException e) {
      throw malformed(type, event, e);
    }
  }

  @Override
  void read(Descriptor type, ProtobufProjection part, RawEvent event)
      throws EventRejectedException {
    try {
      part.read(event, in);
    } catch (IOException e) {
      throw malformed(type, event, e);
    }
  }

  @Override
  Reading open(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    Frame frame = readings.frame(event, value);
    in = CodedInputStream.newInstance(value);
    if (frame == null) {
      return readings.of(null).apply(List.of());
    }
    try {
      List<Integer> indexes = indexes(frame, in);
      return readings.of(frame).apply(indexes);
    } catch (IOException | IllegalArgumentException e) {
      throw new EventRejectedException(
          Reason.MALFORMED, () -> "frame of schema %s: %s".formatted(frame.schema(), sentence(e)));
    }
  }

  /**
   * Which message of the schema it is; a 0 alone stands for the first.
   *
   * @param value at its begin; stands behind the frame then
   */
  static List<Integer> indexes(Frame frame, CodedInputStream value) throws IOException {
    value.skipRawBytes(frame.start());
    CodedInputStream in = frame.start() == 0 ? CodedInputStream.newInstance(frame.behind()) : value;
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

  private EventRejectedException malformed(Descriptor type, RawEvent event, IOException e) {
    return new EventRejectedException(
        Reason.MALFORMED,
        () -> "no message '%s': %s%s".formatted(type.getFullName(), sentence(e), hint(event)));
  }

  /** Of the library's explanations, the fact. */
  private static String sentence(Exception e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(".  ");
    return Shown.text(end < 0 ? message.replaceAll("\\.$", "") : message.substring(0, end));
  }
}
