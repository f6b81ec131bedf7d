package dev.counterweight.event;

import java.util.Optional;

/**
 * Reads one format of event. Counter and sampler use the same decoder, so that they agree on which
 * events count. Not thread-safe: one decoder a thread.
 */
public interface EventDecoder {

  /**
   * Reads label, time, importance and join key, as far as the schema names them, and checks them;
   * features are neither read nor checked.
   *
   * @throws EventRejectedException if the bytes cannot be read, the label is missing or not listed,
   *     the time or importance is not a number in range, or the join key is missing or too long
   */
  EventHead head(RawEvent event) throws EventRejectedException;

  /**
   * The join key of the event whose head was read last, without error: 1 to {@link
   * EventSchema#MOST_KEY_BYTES} bytes, shared and not to be changed. The same in every format.
   *
   * @throws IllegalStateException if the schema names none
   */
  byte[] joinKey();

  /**
   * Reads the features of an event whose head was read without error, or, of a {@linkplain
   * EventSchema#headless headless} schema, of any.
   *
   * @param target receives a value for each column of the schema from index {@code at}; what it
   *     holds there after an exception is undefined
   * @throws EventRejectedException if a feature is missing that may not be, or is not of its type
   */
  void features(RawEvent event, float[] target, int at) throws EventRejectedException;

  /** Whether a feature was missing in the event whose features were read last. */
  boolean missing(int feature);

  /**
   * The fields of a record beside the names that they are given; empty where the record itself
   * names them.
   *
   * @throws EventRejectedException if the bytes cannot be read
   */
  default Optional<String> named(RawEvent event) throws EventRejectedException {
    return Optional.empty();
  }

  /** Reads the head of an event. */
  @FunctionalInterface
  interface Heads {
    /** As {@link EventDecoder#head}. */
    EventHead of(RawEvent event) throws EventRejectedException;
  }

  /**
   * This decoder, its heads read otherwise.
   *
   * @param heads ask this one for what they make theirs of
   */
  default EventDecoder with(Heads heads) {
    EventDecoder decoder = this;
    return new EventDecoder() {
      @Override
      public EventHead head(RawEvent event) throws EventRejectedException {
        return heads.of(event);
      }

      @Override
      public byte[] joinKey() {
        return decoder.joinKey();
      }

      @Override
      public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
        decoder.features(event, target, at);
      }

      @Override
      public boolean missing(int feature) {
        return decoder.missing(feature);
      }

      @Override
      public Optional<String> named(RawEvent event) throws EventRejectedException {
        return decoder.named(event);
      }
    };
  }
}
