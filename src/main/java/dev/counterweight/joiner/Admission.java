package dev.counterweight.joiner;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.joining.Side;
import dev.counterweight.streams.Outgoing;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Which of a side's records are joined, and under which time; the others are counted, or go where
 * dead letters go. Used by a task.
 */
final class Admission {
  private static final int NO_LABEL = -1;
  private static final byte[] NO_BODY = {};

  private final JoinSettings settings;
  private final Side side;
  private final ProcessorContext<byte[], Outgoing> context;
  private final String letters;
  private final long minTimeMs;
  private final long maxFutureMs;

  /**
   * A record that is joined.
   *
   * @param key by which it is
   * @param heldMs its time, no further ahead of the clock than it may be
   * @param label of a label
   * @param body of an event, see {@link HeldBody}
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Admitted(byte[] key, long heldMs, int label, byte[] body) {}

  /**
   * @param context of the task
   * @param letters its child that takes dead letters
   */
  Admission(
      JoinSettings settings,
      Side side,
      ProcessorContext<byte[], Outgoing> context,
      String letters) {
    this.settings = settings;
    this.side = side;
    this.context = context;
    this.letters = letters;
    this.minTimeMs = settings.of(side).schema().minTimeMs();
    this.maxFutureMs = settings.of(side).maxFutureMs();
  }

  /** What of a record of the side's topic is joined; empty if nothing is. */
  Optional<Admitted> admit(Record<byte[], byte[]> record, RecordMetadata at, long nowMs) {
    settings.metrics().read(side, 1);
    byte @Nullable [] value = record.value();
    if (value == null) {
      settings.metrics().passedOver(Reason.TOMBSTONE, 1);
      return Optional.empty();
    }
    SideRecord read = SideRecord.of(value);
    switch (read.kind()) {
      case SideRecord.UNLABELLED -> settings.metrics().passedOver(Reason.UNLABELLED, 1);
      case SideRecord.REFUSED -> refuse(record, at, read.refused());
      default -> {
        return timed(record, at, read, nowMs);
      }
    }
    return Optional.empty();
  }

  private Optional<Admitted> timed(
      Record<byte[], byte[]> record, RecordMetadata at, SideRecord read, long nowMs) {
    long timeMs = read.timeMs() == SideRecord.OF_RECORD ? record.timestamp() : read.timeMs();
    if (timeMs <= 0 || timeMs < minTimeMs) {
      refuse(record, at, untimed(read, record, timeMs));
      return Optional.empty();
    }
    long heldMs = Math.min(timeMs, nowMs + maxFutureMs);
    byte[] key = read.joinKey(record.key());
    if (side == Side.LABELS) {
      return Optional.of(new Admitted(key, heldMs, read.label(), NO_BODY));
    }
    byte[] body = heldMs == timeMs ? read.body() : HeldBody.timed(read.body(), timeMs);
    return Optional.of(new Admitted(key, heldMs, NO_LABEL, body));
  }

  /** One whose only time would be its record's, which has none that counts. */
  private SideRecord.Refused untimed(SideRecord read, Record<byte[], byte[]> record, long timeMs) {
    byte[] value =
        side == Side.LABELS
            ? read.body()
            : HeldBody.of(read.body(), read.joinKey(record.key())).value();
    EventRejectedException rejected =
        new EventRejectedException(
            Reason.BAD_TIME,
            "the record's timestamp %d: none, or before %s.min.time, and %s.time names no field"
                .formatted(timeMs, Side.EVENTS.text(), side.text()));
    return new SideRecord.Refused(rejected, 0, value.length, value);
  }

  private void refuse(
      Record<byte[], byte[]> record, RecordMetadata at, SideRecord.Refused refused) {
    byte[] key = record.key();
    int keyBytes =
        key == null ? ConsumerRecord.NULL_SIZE : Math.max(key.length, refused.keyBytes());
    ConsumerRecord<byte[], byte[]> original =
        new ConsumerRecord<>(
            at.topic(),
            at.partition(),
            at.offset(),
            record.timestamp(),
            TimestampType.CREATE_TIME,
            keyBytes,
            refused.valueBytes(),
            key,
            refused.keptValue(),
            new RecordHeaders(record.headers()),
            Optional.empty());
    settings.metrics().refused(side);
    settings.letters().letter(original, refused.rejected()).ifPresent(this::write);
  }

  /** A dead letter, in the transaction of the record that it is of. */
  private void write(ProducerRecord<byte[], byte[]> letter) {
    Outgoing value = new Outgoing(0, letter.value());
    context.forward(
        new Record<>(letter.key(), value, context.currentSystemTimeMs(), letter.headers()),
        letters);
  }
}
