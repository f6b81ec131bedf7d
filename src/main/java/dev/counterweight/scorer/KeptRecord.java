package dev.counterweight.scorer;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
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
   * What {@link Taking} made of a record.
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

  /** Reads records as a consumer takes them in. Used by the thread of that consumer. */
  static final class Taking {
    private static final Headers NONE = new RecordHeaders();

    private final PollBudget budget;
    private final int keptValue;
    private Headers headers = NONE;
    private int keyBytes;
    private byte @Nullable [] key;

    /**
     * @param keptValue as {@link EventsConfig#keptBytes}
     */
    Taking(PollBudget budget, int keptValue) {
      this.budget = budget;
      this.keptValue = keptValue;
    }

    /** Looks at a value before it is kept; the key is as it is kept. */
    interface Look {
      void at(byte @Nullable [] key, byte[] value, Headers headers);
    }

    Deserializer<byte @Nullable []> keys() {
      return new Deserializer<>() {
        @Override
        public byte @Nullable [] deserialize(String topic, byte @Nullable [] whole) {
          throw new UnsupportedOperationException("a consumer gives headers and a buffer");
        }

        /** Leaves the position where it is: the consumer tells the key's size by it afterwards. */
        @Override
        public byte @Nullable [] deserialize(
            String topic, Headers with, @Nullable ByteBuffer whole) {
          keyBytes = whole == null ? 0 : whole.remaining();
          budget.take(with, Math.min(keyBytes, KEPT_KEY));
          headers = with;
          key = whole == null ? null : Utils.toArray(whole, Math.min(keyBytes, KEPT_KEY));
          return key;
        }
      };
    }

    Deserializer<byte @Nullable []> values(Look look) {
      return new Deserializer<>() {
        @Override
        public byte @Nullable [] deserialize(String topic, byte @Nullable [] whole) {
          throw new UnsupportedOperationException("a consumer gives headers and a buffer");
        }

        /** A consumer reads a record's key just before its value, and gives both its headers. */
        @Override
        public byte @Nullable [] deserialize(
            String topic, Headers with, @Nullable ByteBuffer whole) {
          if (whole == null) {
            return null;
          }
          int bytes = whole.remaining();
          budget.take(with, Math.min(bytes, keptValue));
          byte[] value = Utils.toArray(whole, Math.min(bytes, keptValue));
          boolean sameRecord = with == headers;
          look.at(sameRecord ? key : null, value, with);
          return held(value, bytes, sameRecord ? keyBytes : 0);
        }
      };
    }

    private byte[] held(byte[] value, int bytes, int ofKey) {
      boolean longValue = bytes > keptValue;
      boolean longKey = ofKey >= KEPT_KEY;
      if (!longValue && !longKey) {
        return value;
      }
      int more = (longValue ? Integer.BYTES : 0) + (longKey ? Integer.BYTES : 0);
      ByteBuffer held = ByteBuffer.allocate(value.length + more).put(value);
      if (longValue) {
        held.putInt(bytes);
      }
      if (longKey) {
        held.putInt(ofKey);
      }
      return held.array();
    }
  }
}
