package dev.counterweight.streams;

import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Reads keys or values out of the buffer that a consumer has fetched them in. */
@FunctionalInterface
public interface BufferDeserializer extends Deserializer<byte @Nullable []> {
  /** Must leave the buffer's position where it is: the consumer tells a size by it afterwards. */
  @Override
  byte @Nullable [] deserialize(String topic, Headers headers, @Nullable ByteBuffer bytes);

  @Override
  default byte @Nullable [] deserialize(String topic, byte @Nullable [] bytes) {
    throw new UnsupportedOperationException("a consumer gives headers and a buffer");
  }
}
