package dev.counterweight.event;

import org.jspecify.annotations.Nullable;

final class Float32Decoder implements EventDecoder {
  Float32Decoder(EventSchema schema) {}

  @Override
  public EventHead head(byte @Nullable [] value, long recordTimestampMs)
      throws EventRejectedException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void features(byte[] value, float[] target, int at) throws EventRejectedException {
    throw new UnsupportedOperationException();
  }
}
