package dev.counterweight.event;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * All that stands in a Protobuf message, by the rules of {@link ProtobufDecoder}: a field without
 * presence has its default, an enum its value's name, a type with a meaning of its own that.
 */
final class ProtobufTree implements EventTree {
  private static final int MOST_TYPES = 100;
  private static final int MOST_OPTIONAL = 10_000;
  private static final int DEEPEST = 32;

  private final Set<Descriptor> read = new LinkedHashSet<>();

  /** By the indexes of a message in the schema. */
  private final SchemaReadings<Function<List<Integer>, Descriptor>> types;

  ProtobufTree(SchemaOrigin origin) {
    this.types =
        new SchemaReadings<>(
            origin,
            "Protobuf",
            file -> {
              Descriptor only = ProtobufDecoder.message(file);
              return indexes -> only;
            },
            found -> ProtobufSchema.of(found)::message);
  }

  @Override
  public Value of(RawEvent event) throws EventRejectedException {
    byte[] value = event.value();
    if (value == null) {
      throw new EventRejectedException(Reason.TOMBSTONE, "the record has no value");
    }
    CodedInputStream in = CodedInputStream.newInstance(value);
    try {
      Descriptor type = type(event, value, in);
      if (read.size() < MOST_TYPES) {
        read.add(type);
      }
      return message(DynamicMessage.parseFrom(type, in));
    } catch (IOException | IllegalArgumentException e) {
      throw new EventRejectedException(Reason.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Set<String> optional(String within) {
    Set<String> paths = new LinkedHashSet<>();
    for (Descriptor type : read) {
      FieldDescriptor field = within.isEmpty() ? null : type.findFieldByName(within);
      if (within.isEmpty()) {
        optional(type, "", 0, paths);
      } else if (field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        optional(field.getMessageType(), "", 0, paths);
      }
    }
    return paths;
  }

  /** Fields that are said to be optional: that a message may be missing goes without saying. */
  private static void optional(Descriptor type, String prefix, int depth, Set<String> to) {
    if (depth > DEEPEST || to.size() >= MOST_OPTIONAL) {
      return;
    }
    for (FieldDescriptor field : type.getFields()) {
      boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      String path = prefix + field.getName();
      if (message && !field.isRepeated() && !ProtobufMessage.isValue(field.getMessageType())) {
        optional(field.getMessageType(), path + ".", depth + 1, to);
      } else if (field.hasPresence()
          && (!message || field.getMessageType().getName().endsWith("Value"))) {
        to.add(path);
      }
    }
  }

  /** The message's type; goes on behind the frame, if there is one. */
  private Descriptor type(RawEvent event, byte[] value, CodedInputStream in)
      throws EventRejectedException, IOException {
    Frame frame = types.frame(event, value);
    return types.of(frame).apply(frame == null ? List.of() : ProtobufDecoder.indexes(frame, in));
  }

  private static Value message(Message message) {
    Map<String, Value> fields = new LinkedHashMap<>();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      boolean there = field.isRepeated() || !field.hasPresence() || message.hasField(field);
      fields.put(
          field.getName(), there ? field(field, message.getField(field)) : new Value.Absent());
    }
    return new Value.Fields(fields);
  }

  private static Value field(FieldDescriptor field, Object value) {
    if (!field.isRepeated()) {
      return single(field, value);
    }
    if (field.isMapField()) {
      Map<String, Value> entries = new LinkedHashMap<>();
      for (Object item : (List<?>) value) {
        Message entry = (Message) item;
        Descriptor type = entry.getDescriptorForType();
        FieldDescriptor held = type.findFieldByNumber(2);
        entries.put(
            entry.getField(type.findFieldByNumber(1)).toString(),
            single(held, entry.getField(held)));
      }
      return new Value.Fields(entries);
    }
    List<Value> items = new ArrayList<>();
    for (Object item : (List<?>) value) {
      items.add(single(field, item));
    }
    return new Value.Items(items);
  }

  private static Value single(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case BOOLEAN -> new Value.Flag((Boolean) value);
      case STRING -> new Value.Text((String) value);
      case ENUM -> symbol((EnumValueDescriptor) value);
      case BYTE_STRING -> new Value.Opaque();
      case FLOAT -> new Value.Numeral((Float) value, FeatureRow.name((Float) value));
      case DOUBLE -> new Value.Numeral((Double) value, FeatureRow.name((Double) value));
      case INT, LONG -> whole(field, ((Number) value).longValue());
      case MESSAGE ->
          ProtobufMessage.isValue(field.getMessageType())
              ? meaning((Message) value)
              : object((Message) value);
    };
  }

  /** Of JSON's own types, what they hold, as paths reach it. */
  private static Value object(Message message) {
    Descriptor type = message.getDescriptorForType();
    return switch (type.getFullName()) {
      case "google.protobuf.Struct", "google.protobuf.ListValue" -> {
        FieldDescriptor held = type.findFieldByNumber(1);
        yield field(held, message.getField(held));
      }
      default -> message(message);
    };
  }

  /** A value without a name in the schema is its number. */
  private static Value symbol(EnumValueDescriptor value) {
    return value.getIndex() < 0
        ? Value.number(Integer.toString(value.getNumber()))
        : new Value.Text(value.getName());
  }

  private static Value whole(FieldDescriptor field, long value) {
    return switch (field.getType()) {
      case UINT64, FIXED64 -> Value.number(Long.toUnsignedString(value));
      case UINT32, FIXED32 -> Value.number(Long.toString(value & 0xffffffffL));
      default -> Value.number(Long.toString(value));
    };
  }

  /** A message of a type that is a value by itself. */
  private static Value meaning(Message message) {
    Descriptor type = message.getDescriptorForType();
    return switch (type.getFullName()) {
      case "google.protobuf.Timestamp" ->
          new Value.Moment(part(message, 1) * 1000 + part(message, 2) / 1_000_000, false);
      case "google.protobuf.Duration", "confluent.type.Decimal" -> number(message, type);
      case "google.protobuf.Value" -> kind(message);
      default -> {
        FieldDescriptor wrapped = type.findFieldByNumber(1);
        yield single(wrapped, message.getField(wrapped));
      }
    };
  }

  private static Value number(Message message, Descriptor type) {
    if (type.getName().equals("Duration")) {
      double seconds = part(message, 1) + part(message, 2) / 1e9;
      return new Value.Numeral(seconds, FeatureRow.name(seconds));
    }
    ByteString digits = (ByteString) message.getField(type.findFieldByNumber(1));
    if (digits.size() > FieldValue.MAX_DECIMAL_BYTES) {
      return new Value.Opaque();
    }
    FieldValue decimal = new FieldValue();
    decimal.decimal(digits.toByteArray(), (int) part(message, 3));
    return decimal.toValue();
  }

  private static Value kind(Message message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (message.hasField(field) && field.getNumber() > 1) {
        return field(field, message.getField(field));
      }
    }
    return new Value.Absent();
  }

  private static long part(Message message, int number) {
    return ((Number) message.getField(message.getDescriptorForType().findFieldByNumber(number)))
        .longValue();
  }
}
