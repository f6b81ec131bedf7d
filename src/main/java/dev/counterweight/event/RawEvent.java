package dev.counterweight.event;

import org.jspecify.annotations.Nullable;

/**
 * A record as it stands in a topic, before anything of it is read. Its bytes are shared and not to
 * be changed.
 *
 * @param timestampMs the record's own, milliseconds since 1970
 */
@SuppressWarnings("ArrayRecordComponent")
public record RawEvent(
    byte @Nullable [] key, byte @Nullable [] value, Headers headers, long timestampMs) {

  /** The headers of a record. */
  public interface Headers {
    /** No header at all. */
    Headers NONE = name -> null;

    /** The value of the last header of a name; null if there is none, or it has none. */
    byte @Nullable [] last(String name);
  }

  /** A record with neither key nor headers. */
  public static RawEvent of(byte @Nullable [] value, long timestampMs) {
    return new RawEvent(null, value, Headers.NONE, timestampMs);
  }
}
