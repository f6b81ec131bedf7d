package dev.counterweight.sampling;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RawEvent;
import java.util.Objects;

/** Reads features as a test says; none is missing. Heads were read, and events joined, before. */
@FunctionalInterface
public interface FeaturesAlone extends EventDecoder {

  /** The value of an event, which is rejected where it is empty. */
  static byte[] value(RawEvent event) throws EventRejectedException {
    byte[] value = Objects.requireNonNull(event.value());
    if (value.length == 0) {
      throw new EventRejectedException(EventRejectedException.Reason.BAD_FEATURE, "no features");
    }
    return value;
  }

  @Override
  default EventHead head(RawEvent event) {
    throw new AssertionError("heads are read before");
  }

  @Override
  default byte[] joinKey() {
    throw new AssertionError("events are joined before");
  }

  @Override
  default boolean missing(int feature) {
    return false;
  }
}
