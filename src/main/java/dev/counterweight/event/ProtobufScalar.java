package dev.counterweight.event;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A number, text, truth or enum. */
final class ProtobufScalar extends ProtobufField {
  private static final byte[] NO_BYTES = {};

  private final FieldValue value = new FieldValue();
  private final int wireType;
  private byte[] bytes = NO_BYTES;

  ProtobufScalar(FieldDescriptor descriptor) {
    super(descriptor);
    this.wireType = descriptor.getLiteType().getWireType();
  }

  @Override
  void read(CodedInputStream in, int tag) throws IOException {
    if (WireFormat.getTagWireType(tag) != wireType) {
      throw wrongType(tag);
    }
    readValue(in);
  }

  @Override
  void clear() {
    value.clear();
    bytes = NO_BYTES;
  }

  @Override
  void begin() {
    if (descriptor.hasPresence()) {
      clear();
    } else {
      holdDefault();
    }
  }

  /**
   * What is meant by a field that is left out: of the type, proto2's own ones are not looked at.
   */
  void holdDefault() {
    switch (descriptor.getJavaType()) {
      case BOOLEAN -> value.bool(false);
      case STRING -> value.text("");
      case BYTE_STRING -> text(NO_BYTES);
      case ENUM -> value.text(descriptor.getEnumType().getValues().get(0).getName());
      case FLOAT -> value.float32(0);
      case DOUBLE -> value.float64(0);
      default -> value.integer(0);
    }
  }

  @Override
  FieldValue whole() {
    return value;
  }

  void readValue(CodedInputStream in) throws IOException {
    switch (descriptor.getType()) {
      case DOUBLE -> value.float64(in.readDouble());
      case FLOAT -> value.float32(in.readFloat());
      case INT64 -> value.integer(in.readInt64());
      case SFIXED64 -> value.integer(in.readSFixed64());
      case UINT64 -> value.unsigned(in.readUInt64());
      case FIXED64 -> value.unsigned(in.readFixed64());
      case INT32 -> value.integer(in.readInt32());
      case SFIXED32 -> value.integer(in.readSFixed32());
      case UINT32 -> value.integer(Integer.toUnsignedLong(in.readUInt32()));
      case FIXED32 -> value.integer(Integer.toUnsignedLong(in.readFixed32()));
      case SINT32 -> value.integer(in.readSInt32());
      case SINT64 -> value.integer(in.readSInt64());
      case BOOL -> value.bool(in.readBool());
      case STRING -> value.text(in.readStringRequireUtf8());
      case BYTES -> text(in.readByteArray());
      case ENUM -> enumeration(in.readEnum());
      case GROUP, MESSAGE -> throw new IllegalStateException("no scalar: " + descriptor);
    }
  }

  /** Of a field of bytes, as they came last. */
  byte[] bytes() {
    return bytes;
  }

  private void text(byte[] given) {
    bytes = given;
    try {
      value.text(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(given)).toString());
    } catch (CharacterCodingException e) {
      value.other("bytes that are no text");
    }
  }

  private void enumeration(int number) {
    EnumValueDescriptor named = descriptor.getEnumType().findValueByNumber(number);
    value.text(named == null ? Integer.toString(number) : named.getName());
  }
}
