package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rejects events longer than a limit before they are looked into. */
final class LimitedDecoder implements EventDecoder {
  private final EventDecoder decoder;
  private final int mostBytes;

  LimitedDecoder(EventDecoder decoder, int mostBytes) {
    this.decoder = decoder;
    this.mostBytes = mostBytes;
  }

  @Override
  public EventHead head(byte @Nullable [] value, long recordTimestampMs)
      throws EventRejectedException {
    if (value != null && value.length > mostBytes) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          "the value is longer than events.max.bytes=%d allows".formatted(mostBytes));
    }
    return decoder.head(value, recordTimestampMs);
  }

  @Override
  public void features(byte[] value, float[] target, int at) throws EventRejectedException {
    decoder.features(value, target, at);
  }

  @Override
  public Optional<String> named(byte[] value) throws EventRejectedException {
    return decoder.named(value);
  }
}
