package dev.counterweight.event;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.Map;

/**
 * A message in a field. What comes several times is merged. As a value of its own it is what JSON
 * would have for it: of Google's types a time, a number or a text, of all others an object.
 */
final class ProtobufMessage extends ProtobufField {
  private static final Map<String, Whole> WELL_KNOWN =
      Map.ofEntries(
          Map.entry("google.protobuf.Timestamp", Whole.TIMESTAMP),
          Map.entry("google.protobuf.Duration", Whole.DURATION),
          Map.entry("google.protobuf.Value", Whole.VALUE),
          Map.entry("google.protobuf.DoubleValue", Whole.WRAPPED),
          Map.entry("google.protobuf.FloatValue", Whole.WRAPPED),
          Map.entry("google.protobuf.Int64Value", Whole.WRAPPED),
          Map.entry("google.protobuf.UInt64Value", Whole.WRAPPED),
          Map.entry("google.protobuf.Int32Value", Whole.WRAPPED),
          Map.entry("google.protobuf.UInt32Value", Whole.WRAPPED),
          Map.entry("google.protobuf.BoolValue", Whole.WRAPPED),
          Map.entry("google.protobuf.StringValue", Whole.WRAPPED),
          Map.entry("google.protobuf.BytesValue", Whole.WRAPPED),
          Map.entry("google.type.Decimal", Whole.WRAPPED),
          Map.entry("confluent.type.Decimal", Whole.DECIMAL));

  /** What a message is as a value of its own. */
  private enum Whole {
    UNWANTED(0),
    TIMESTAMP(2),
    DURATION(2),
    VALUE(6),
    WRAPPED(1),
    DECIMAL(3),
    OBJECT(0);

    /** How many its type has, which have the numbers from 1 on. */
    private final int fields;

    Whole(int fields) {
      this.fields = fields;
    }
  }

  private final ProtobufFields fields = new ProtobufFields();
  private final FieldValue value = new FieldValue();
  private Whole whole = Whole.UNWANTED;
  // Of a type that has a value of its own, the values of its fields by their numbers.
  private FieldValue[] parts = {};
  private boolean entered;

  ProtobufMessage(FieldDescriptor descriptor) {
    super(descriptor);
  }

  /** Whether a message of a type is more than an object. */
  static boolean isValue(Descriptor type) {
    return wholeOf(type) != Whole.OBJECT;
  }

  /** Anybody may give a type of their own the name of one of Google's: then it is an object. */
  private static Whole wholeOf(Descriptor type) {
    Whole whole = WELL_KNOWN.getOrDefault(type.getFullName(), Whole.OBJECT);
    return type.getFields().size() == whole.fields
            && type.getFields().stream().allMatch(field -> mayBePart(field, whole))
        ? whole
        : Whole.OBJECT;
  }

  private static boolean mayBePart(FieldDescriptor field, Whole whole) {
    JavaType type = field.getJavaType();
    boolean integer = type == JavaType.INT || type == JavaType.LONG;
    return field.getNumber() <= whole.fields
        && !field.isRepeated()
        && switch (whole) {
          case TIMESTAMP, DURATION -> integer;
          case DECIMAL -> field.getNumber() == 1 ? type == JavaType.BYTE_STRING : integer;
          case VALUE ->
              type != JavaType.MESSAGE
                  || !WELL_KNOWN.containsKey(field.getMessageType().getFullName());
          case WRAPPED -> type != JavaType.MESSAGE;
          case UNWANTED, OBJECT -> true;
        };
  }

  /** What is looked for in it. */
  ProtobufFields fields() {
    return fields;
  }

  @Override
  FieldValue whole() {
    if (whole == Whole.UNWANTED) {
      Descriptor type = descriptor.getMessageType();
      whole = wholeOf(type);
      if (whole != Whole.OBJECT) {
        parts = new FieldValue[type.getFields().size() + 1];
        type.getFields().forEach(f -> parts[f.getNumber()] = fields.field(f).whole());
      }
    }
    return value;
  }

  /** The message is there, though nothing may be in it. */
  void enter() throws IOException {
    if (!entered) {
      entered = true;
      fields.begin();
    }
    fill();
  }

  @Override
  void read(CodedInputStream in, int tag) throws IOException {
    if (!entered) {
      entered = true;
      fields.begin();
    }
    int wireType = WireFormat.getTagWireType(tag);
    if (descriptor.getType() == FieldDescriptor.Type.GROUP) {
      if (wireType != WireFormat.WIRETYPE_START_GROUP) {
        throw wrongType(tag);
      }
      fields.read(in, descriptor.getNumber() << 3 | WireFormat.WIRETYPE_END_GROUP);
    } else if (wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      int limit = in.pushLimit(in.readRawVarint32());
      fields.read(in, 0);
      in.popLimit(limit);
    } else {
      throw wrongType(tag);
    }
    fill();
  }

  @Override
  void clear() {
    if (entered) {
      entered = false;
      fields.clear();
    }
    value.clear();
  }

  private void fill() throws IOException {
    switch (whole) {
      case UNWANTED -> {}
      case OBJECT -> value.other("an object");
      case WRAPPED -> value.copy(parts[1]);
      case TIMESTAMP -> value.instant(parts[1].integer(), (int) parts[2].integer());
      case DURATION -> value.float64(parts[1].integer() + parts[2].integer() / 1e9);
      case DECIMAL -> decimal((int) parts[3].integer());
      case VALUE -> {
        value.clear();
        for (int kind = 2; kind <= 6; kind++) { // 1 is null
          if (!parts[kind].none()) {
            value.copy(parts[kind]);
          }
        }
      }
    }
  }

  private void decimal(int scale) throws IOException {
    var unscaled = (ProtobufScalar) fields.field(descriptor.getMessageType().findFieldByNumber(1));
    byte[] bytes = unscaled.bytes();
    if (bytes.length > FieldValue.MAX_DECIMAL_BYTES) {
      throw new InvalidProtocolBufferException(
          "a decimal of %d bytes in field '%s': must be at most %d"
              .formatted(bytes.length, descriptor.getName(), FieldValue.MAX_DECIMAL_BYTES));
    }
    value.decimal(bytes, scale);
  }
}
