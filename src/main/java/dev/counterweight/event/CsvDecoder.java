package dev.counterweight.event;

import org.jspecify.annotations.Nullable;

final class CsvDecoder implements EventDecoder {
  CsvDecoder(EventSchema schema) {}

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
