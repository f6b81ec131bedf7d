package dev.counterweight.event;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one format of event. Counter and sampler use the same decoder, so that they agree on which
 * events count. Not thread-safe: one decoder a thread.
 */
public interface EventDecoder {

  /**
   * Reads label, time and importance, and checks them; features are neither read nor checked.
   *
   * @param value the record's value
   * @param recordTimestampMs the event time where the schema names no field for it
   * @throws EventRejectedException if the bytes cannot be read, the label is missing or not listed,
   *     or the time or importance is not a number in range
   */
  EventHead head(byte @Nullable [] value, long recordTimestampMs) throws EventRejectedException;

  /**
   * Reads the features of an event whose head was read without error.
   *
   * @param target receives F features, in schema order, from index {@code at}; what it holds there
   *     after an exception is undefined
   * @throws EventRejectedException if a feature is missing, not a number, infinite or NaN as
   *     float32
   */
  void features(byte[] value, float[] target, int at) throws EventRejectedException;

  /**
   * The fields of a record beside the names that they are given; empty where the record itself
   * names them.
   *
   * @throws EventRejectedException if the bytes cannot be read
   */
  default Optional<String> named(byte[] value) throws EventRejectedException {
    return Optional.empty();
  }
}
