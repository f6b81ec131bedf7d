package dev.counterweight.event;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A field of a message that is looked for, alone or for what is in it. It is cleared before a
 * message, reads what comes under its number, as often as it comes, and then holds what the message
 * says by Protobuf's rules. Not thread-safe.
 */
abstract sealed class ProtobufField
    permits ProtobufScalar, ProtobufField.Repeated, ProtobufField.Entries, ProtobufMessage {
  final FieldDescriptor descriptor;

  ProtobufField(FieldDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes one occurrence.
   *
   * @throws IOException if the bytes are no such field
   */
  abstract void read(CodedInputStream in, int tag) throws IOException;

  /** Forgets what was found: neither the field nor the message around it is there. */
  abstract void clear();

  /** The message around it is there: holds what that means for a field that does not follow. */
  void begin() {
    clear();
  }

  /** The field as a value of its own; the same object each time. */
  abstract FieldValue whole();

  final InvalidProtocolBufferException wrongType(int tag) {
    return new InvalidProtocolBufferException(
        "field %d '%s' has wire type %d, which %s has not; were the events written by this schema?"
            .formatted(
                descriptor.getNumber(),
                descriptor.getName(),
                WireFormat.getTagWireType(tag),
                descriptor.getType().name().toLowerCase(java.util.Locale.ROOT)));
  }

  /** A repeated field: some of its elements, or the first ones, or whether there is any. */
  static final class Repeated extends ProtobufField {
    private final Map<Integer, ProtobufField> elements = new HashMap<>();
    private final FieldValue whole = new FieldValue();
    private @Nullable FieldValues items;
    private @Nullable ProtobufField item;
    private int count;

    Repeated(FieldDescriptor descriptor) {
      super(descriptor);
    }

    ProtobufField element(int index) {
      return elements.computeIfAbsent(index, i -> single(descriptor));
    }

    /** The first elements, as many of them as are asked for. */
    FieldValues items(int most) {
      FieldValues there = items;
      if (there == null) {
        there = new FieldValues();
        items = there;
        item = single(descriptor);
      }
      there.keep(most);
      return there;
    }

    @Override
    void read(CodedInputStream in, int tag) throws IOException {
      whole.array();
      if (descriptor.isPackable()
          && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        int limit = in.pushLimit(in.readRawVarint32());
        int single = descriptor.getNumber() << 3 | descriptor.getLiteType().getWireType();
        while (in.getBytesUntilLimit() > 0) {
          element(in, single);
        }
        in.popLimit(limit);
      } else {
        element(in, tag);
      }
    }

    private void element(CodedInputStream in, int tag) throws IOException {
      FieldValues all = items;
      ProtobufField wanted = elements.get(count++);
      if (wanted == null && all != null && !all.full()) {
        wanted = item;
      }
      if (wanted == null) {
        skip(in, tag);
        return;
      }
      FieldValue value = all == null ? null : wanted.whole();
      wanted.clear();
      wanted.read(in, tag);
      if (all != null && value != null && !value.missing()) {
        all.add(value);
      }
    }

    @Override
    void clear() {
      count = 0;
      whole.clear();
      elements.values().forEach(ProtobufField::clear);
      if (items != null) {
        items.clear();
      }
    }

    @Override
    FieldValue whole() {
      return whole;
    }
  }

  /** A map: some of its entries, the last one of a key counting, or whether there is any. */
  static final class Entries extends ProtobufField {
    private final Map<String, ProtobufField> values = new HashMap<>();
    private final FieldValue whole = new FieldValue();
    private final ProtobufScalar key;
    private final FieldDescriptor value;

    Entries(FieldDescriptor descriptor) {
      super(descriptor);
      this.key = new ProtobufScalar(descriptor.getMessageType().findFieldByNumber(1));
      this.value = descriptor.getMessageType().findFieldByNumber(2);
    }

    ProtobufField value(String name) {
      return values.computeIfAbsent(name, n -> single(value));
    }

    @Override
    void read(CodedInputStream in, int tag) throws IOException {
      if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        throw wrongType(tag);
      }
      whole.other("an object");
      // Read twice: a value may stand in front of its key.
      byte[] entry = in.readByteArray();
      key.holdDefault();
      fields(entry, key);
      ProtobufField wanted = values.get(key.whole().shown());
      if (wanted == null) {
        return;
      }
      wanted.clear();
      if (wanted instanceof ProtobufScalar scalar) {
        scalar.holdDefault();
      } else if (wanted instanceof ProtobufMessage message) {
        message.enter();
      }
      fields(entry, wanted);
    }

    private static void fields(byte[] entry, ProtobufField wanted) throws IOException {
      CodedInputStream in = CodedInputStream.newInstance(entry);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == wanted.descriptor.getNumber()) {
          wanted.read(in, tag);
        } else {
          skip(in, tag);
        }
      }
    }

    @Override
    void clear() {
      whole.clear();
      values.values().forEach(ProtobufField::clear);
    }

    @Override
    FieldValue whole() {
      return whole;
    }
  }

  /** Of a field, or of one element of a repeated one. */
  static ProtobufField single(FieldDescriptor descriptor) {
    return descriptor.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        ? new ProtobufMessage(descriptor)
        : new ProtobufScalar(descriptor);
  }

  /** Passes over a field that nobody wants, a group with all that is in it too. */
  static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that did not begin");
    }
  }
}
