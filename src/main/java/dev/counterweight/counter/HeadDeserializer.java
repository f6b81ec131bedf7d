package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.Records;
import dev.counterweight.letters.LetterHeaders;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Reads events while a consumer takes them in, and keeps of each value what counting needs: an
 * event's bytes are in the processor's cache then, and not when a poll has gone through thousands.
 * Values of other topics stay as they are.
 *
 * <p>Bytes, big-endian: none for an event that cannot be read, one for an event that has no label
 * and may have none, two for one that was counted before it was refused and published again, no
 * value at all for a tombstone; label (4) for one of importance 1 whose time is its record's; else
 * label (4), time (8; {@link Long#MAX_VALUE} stands for the record's) and importance (8); behind
 * that, of a correction, the class before (4). Used by the thread of one consumer; what it gives is
 * shared and not to be changed.
 */
final class HeadDeserializer implements Deserializer<byte @Nullable []> {
  // No event names such a time: times end with the year 9999.
  private static final long OF_RECORD = Long.MAX_VALUE;
  private static final int TIME = Integer.BYTES;
  private static final int IMPORTANCE = TIME + Long.BYTES;
  private static final int LENGTH = IMPORTANCE + Double.BYTES;
  private static final int CORRECTION = LENGTH + Integer.BYTES;
  private static final byte[] UNREADABLE = {};
  private static final byte[] UNLABELLED = {0};
  private static final byte[] COUNTED = {0, 0};

  private final String topic;
  private final EventDecoder decoder;
  private final EventKeys keys;
  private final int mostBytes;
  private final PollBudget budget;
  private final byte[][] labels;
  // Of the event being read; kept for the next of the same length.
  private byte[] copied = {};

  /**
   * @param schemas that events were written by, of a registry
   * @param keys of the same events
   * @param budget of the polls of the consumer that it is for: headers stay until a poll is over
   */
  HeadDeserializer(EventsConfig events, WriterSchemas schemas, EventKeys keys, PollBudget budget) {
    this.topic = events.topic();
    this.keys = keys;
    this.decoder = events.decoder(schemas);
    this.mostBytes = events.keptBytes();
    this.budget = budget;
    this.labels = new byte[events.schema().classCount()][];
    for (int label = 0; label < labels.length; label++) {
      labels[label] = ByteBuffer.allocate(Integer.BYTES).putInt(label).array();
    }
  }

  /**
   * The head in what {@link #deserialize} gave of an event; null if there is none.
   *
   * @param recordTimestampMs of the event's record
   * @param minTimeMs the earliest time of an event
   */
  static @Nullable EventHead head(byte @Nullable [] value, long recordTimestampMs, long minTimeMs) {
    if (value == null || value.length < TIME) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(value);
    boolean whole = value.length >= LENGTH;
    long timeMs = whole ? bytes.getLong(TIME) : OF_RECORD;
    if (timeMs == OF_RECORD) {
      // Kafka Streams knows no negative timestamps: 0 stands for none in every role.
      if (recordTimestampMs <= 0 || recordTimestampMs < minTimeMs) {
        return null;
      }
      timeMs = recordTimestampMs;
    }
    return new EventHead(
        bytes.getInt(0),
        timeMs,
        whole ? bytes.getDouble(IMPORTANCE) : 1,
        value.length == CORRECTION ? bytes.getInt(LENGTH) : EventHead.NEW);
  }

  /** What stands in a chunk for what {@link #deserialize} gave of an event without a head. */
  static int withoutHead(byte @Nullable [] value) {
    if (value == null) {
      return EventChunk.TOMBSTONE;
    }
    return value.length == UNLABELLED.length
        ? EventChunk.UNLABELLED
        : value.length == COUNTED.length ? EventChunk.COUNTED : EventChunk.UNREADABLE;
  }

  @Override
  public byte @Nullable [] deserialize(String from, byte @Nullable [] value) {
    return value == null || !from.equals(topic) ? value : head(value, new RecordHeaders());
  }

  /** Leaves the position where it is: the consumer tells the value's size by it afterwards. */
  @Override
  public byte @Nullable [] deserialize(String from, Headers headers, @Nullable ByteBuffer value) {
    if (value == null) {
      return null;
    }
    if (!from.equals(topic)) {
      return Utils.toArray(value);
    }
    budget.take(headers, CORRECTION);
    int length = Math.min(value.remaining(), mostBytes);
    if (copied.length != length) {
      copied = new byte[length];
    }
    value.get(value.position(), copied);
    return head(copied, headers);
  }

  private byte @Nullable [] head(byte[] value, Headers headers) {
    try {
      EventHead head = decoder.head(Records.event(keys.of(headers), value, headers, OF_RECORD));
      if (headers.lastHeader(LetterHeaders.COUNTED) != null) {
        return COUNTED;
      }
      boolean plain = head.timeMs() == OF_RECORD && head.importance() == 1 && !head.isCorrection();
      // A label of no class is told of where it would be counted, with its place.
      return plain && head.label() < labels.length ? labels[head.label()] : bytes(head);
    } catch (EventRejectedException e) {
      // Only the sampler writes dead letters; here it is passed over, and the position moves on.
      return switch (e.reason()) {
        case TOMBSTONE -> null;
        case UNLABELLED -> UNLABELLED;
        default -> UNREADABLE;
      };
    }
  }

  private static byte[] bytes(EventHead head) {
    ByteBuffer bytes =
        ByteBuffer.allocate(head.isCorrection() ? CORRECTION : LENGTH)
            .putInt(head.label())
            .putLong(head.timeMs())
            .putDouble(head.importance());
    return (head.isCorrection() ? bytes.putInt(head.replaces()) : bytes).array();
  }
}
