package dev.counterweight.scorer;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventSchema;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A record as it is held between being polled and being scored: no more of its key and value than
 * tells that one is too long. Of one that is, the length in the topic stands behind the value, 4
 * bytes each: of the value first, then of the key.
 *
 * @param valueBytes length of the value in the topic
 * @param keyBytes length of the key in the topic
 */
@SuppressWarnings("ArrayRecordComponent")
record KeptRecord(byte @Nullable [] key, byte @Nullable [] value, int keyBytes, int valueBytes) {
  /** How much of a key is kept: one that long cannot be written with a score. */
  static final int KEPT_KEY = EventSchema.MOST_KEY_BYTES + 1;

  /**
   * What {@link ScorerIntake} made of a record.
   *
   * @param keptValue as {@link EventsConfig#keptBytes}
   */
  static KeptRecord of(byte @Nullable [] key, byte @Nullable [] held, int keptValue) {
    int keyBytes = key == null ? 0 : key.length;
    if (held == null) {
      return new KeptRecord(key, null, keyBytes, 0);
    }
    int length = held.length;
    if (keyBytes == KEPT_KEY) {
      length -= Integer.BYTES;
      keyBytes = ByteBuffer.wrap(held).getInt(length);
    }
    int valueBytes = length;
    if (length > keptValue) {
      length -= Integer.BYTES;
      valueBytes = ByteBuffer.wrap(held).getInt(length);
    }
    byte[] value = length == held.length ? held : Arrays.copyOf(held, length);
    return new KeptRecord(key, value, keyBytes, valueBytes);
  }

  /** Whether the key is too long to be written again. */
  boolean keyTooLong() {
    return keyBytes >= KEPT_KEY;
  }

  /**
   * What is held of a value, for {@link #of}.
   *
   * @param value as much of it as is kept
   * @param valueBytes its length in the topic
   * @param keyBytes that of its key
   * @param keptValue as {@link EventsConfig#keptBytes}
   */
  static byte[] held(byte[] value, int valueBytes, int keyBytes, int keptValue) {
    boolean longValue = valueBytes > keptValue;
    boolean longKey = keyBytes >= KEPT_KEY;
    if (!longValue && !longKey) {
      return value;
    }
    int more = (longValue ? Integer.BYTES : 0) + (longKey ? Integer.BYTES : 0);
    ByteBuffer held = ByteBuffer.allocate(value.length + more).put(value);
    if (longValue) {
      held.putInt(valueBytes);
    }
    if (longKey) {
      held.putInt(keyBytes);
    }
    return held.array();
  }
}
