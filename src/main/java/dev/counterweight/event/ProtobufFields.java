package dev.counterweight.event;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Those fields of a message that are looked for; the others are passed over, unread. */
final class ProtobufFields {
  // Small numbers, as nearly all fields have, are found by index.
  private static final int INDEXED = 64;

  private final Map<Integer, ProtobufField> wanted = new HashMap<>();
  private final List<ProtobufField> inOrder = new ArrayList<>();
  private final @Nullable Reader[] low = new @Nullable Reader[INDEXED];
  private final Map<Integer, Reader> high = new HashMap<>();

  /**
   * What is done when a field comes.
   *
   * @param field null if it is not wanted
   * @param replaced the wanted fields whose place it takes, being of the same oneof
   */
  private record Reader(@Nullable ProtobufField field, List<ProtobufField> replaced) {}

  /** A field of the message, from now on wanted; the same object each time. */
  ProtobufField field(FieldDescriptor descriptor) {
    ProtobufField there = wanted.get(descriptor.getNumber());
    if (there != null) {
      return there;
    }
    ProtobufField field =
        descriptor.isMapField()
            ? new ProtobufField.Entries(descriptor)
            : descriptor.isRepeated()
                ? new ProtobufField.Repeated(descriptor)
                : ProtobufField.single(descriptor);
    wanted.put(descriptor.getNumber(), field);
    inOrder.add(field);
    OneofDescriptor oneOf = descriptor.getRealContainingOneof();
    if (oneOf == null) {
      put(descriptor.getNumber(), new Reader(field, List.of()));
    } else {
      oneOf.getFields().forEach(member -> put(member.getNumber(), ofOneOf(member)));
    }
    return field;
  }

  private Reader ofOneOf(FieldDescriptor member) {
    return new Reader(
        wanted.get(member.getNumber()),
        member.getContainingOneof().getFields().stream()
            .filter(other -> other != member)
            .flatMap(other -> java.util.stream.Stream.ofNullable(wanted.get(other.getNumber())))
            .toList());
  }

  private void put(int number, Reader reader) {
    if (number < INDEXED) {
      low[number] = reader;
    } else {
      high.put(number, reader);
    }
  }

  void clear() {
    for (ProtobufField field : inOrder) {
      field.clear();
    }
  }

  /** The message is there: its fields hold what they mean until they come. */
  void begin() {
    for (ProtobufField field : inOrder) {
      field.begin();
    }
  }

  /**
   * Reads fields until the message, or the limit of the stream, ends.
   *
   * @param endTag the tag that ends it; 0 if the stream's limit does
   */
  void read(CodedInputStream in, int endTag) throws IOException {
    for (int tag = in.readTag(); tag != endTag; tag = in.readTag()) {
      int number = WireFormat.getTagFieldNumber(tag);
      Reader reader = number < INDEXED ? low[number] : high.get(number);
      ProtobufField field = reader == null ? null : reader.field();
      if (reader != null && !reader.replaced().isEmpty()) {
        reader.replaced().forEach(ProtobufField::clear);
      }
      if (field != null) {
        field.read(in, tag);
      } else {
        ProtobufField.skip(in, tag);
      }
    }
  }
}
