package dev.counterweight.exporting;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A Protobuf message, written field by field. Not thread-safe. */
final class Message {
  private final ByteString.Output bytes = ByteString.newOutput();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  Message text(int field, String value) {
    return bytes(field, ByteString.copyFromUtf8(value));
  }

  Message number(int field, long value) {
    return write(() -> out.writeInt64(field, value));
  }

  Message number(int field, float value) {
    return write(() -> out.writeFloat(field, value));
  }

  Message message(int field, Message value) {
    return bytes(field, value.toBytes());
  }

  Message bytes(int field, ByteString value) {
    return write(() -> out.writeBytes(field, value));
  }

  ByteString toBytes() {
    write(out::flush);
    return bytes.toByteString();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private Message write(Writing field) {
    try {
      field.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory could not be written", e);
    }
  }
}
