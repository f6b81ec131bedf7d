package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.Records;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one side: time and join key, and the class of a label; of an event all that
 * is written again stays. Used by the thread of one consumer.
 */
final class SideReader {
  /** What a poll holds of a record beside key, headers and value. */
  private static final int AROUND = 64;

  private final Side side;
  private final String topic;
  private final EventDecoder decoder;
  private final boolean recordKeyJoins;
  private final int keptBytes;
  private final int mostBytes;
  private final SideKeys keys;
  private final PollBudget budget;

  /**
   * @param mostBytes of an event as it is written again
   * @param keys of the same records
   */
  SideReader(
      Side side,
      EventsConfig config,
      int mostBytes,
      WriterSchemas schemas,
      SideKeys keys,
      PollBudget budget) {
    this.side = side;
    this.topic = config.topic();
    this.decoder = config.decoder(schemas);
    this.recordKeyJoins = LabelsConfig.RECORD_KEY.equals(config.schema().key());
    this.keptBytes = config.keptBytes();
    this.mostBytes = mostBytes;
    this.keys = keys;
    this.budget = budget;
  }

  String topic() {
    return topic;
  }

  /** What a record is read as, a {@link SideRecord}; null for a tombstone. */
  byte @Nullable [] read(Headers headers, @Nullable ByteBuffer value) {
    if (value == null) {
      return null;
    }
    int length = Math.min(value.remaining(), keptBytes);
    budget.take(headers, length + AROUND);
    byte[] copied = Utils.toArray(value, length);
    try {
      return joined(keys.of(headers), headers, copied);
    } catch (EventRejectedException e) {
      return switch (e.reason()) {
        case TOMBSTONE -> null;
        case UNLABELLED -> SideRecord.unlabelled();
        default -> SideRecord.refused(e, keys.bytes(headers), value.remaining(), copied);
      };
    }
  }

  private byte[] joined(byte @Nullable [] key, Headers headers, byte[] value)
      throws EventRejectedException {
    EventHead head = decoder.head(Records.event(key, value, headers, SideRecord.OF_RECORD));
    byte @Nullable [] joinKey = recordKeyJoins ? null : decoder.joinKey();
    if (side == Side.LABELS) {
      return SideRecord.label(head.timeMs(), head.label(), joinKey, value);
    }
    HeldBody body = new HeldBody(key, recordKeyJoins, headers, value);
    requireFits(key, body, joinKey);
    return SideRecord.event(head.timeMs(), joinKey, body);
  }

  /** What is written again must fit into the topics that it is written to. */
  private void requireFits(byte @Nullable [] key, HeldBody body, byte @Nullable [] joinKey)
      throws EventRejectedException {
    byte @Nullable [] beside = joinKey == null ? key : joinKey; // the body says that it is the same
    int size = body.size() + (beside == null ? 0 : beside.length);
    if (key != null && key.length > EventSchema.MOST_KEY_BYTES) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          "the key is longer than the %d bytes that a key may have"
              .formatted(EventSchema.MOST_KEY_BYTES));
    }
    if (size > mostBytes) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          "key, headers and value are %d bytes: with its label it must fit into %d (max.message.bytes of the topic of labelled events, and kafka.max.request.size)"
              .formatted(size, mostBytes));
    }
  }
}
