package dev.counterweight.joiner;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.joiner.SideEnds.End;
import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.Origin;
import dev.counterweight.joining.SourceClock;
import dev.counterweight.streams.PolledPositions.Polled;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** A side whose topic is read as it is: the task's own partition of it. Used by the task. */
final class DirectSide implements TaskSide {
  private final JoinSettings settings;
  private final Side side;
  private final TopicPartition partition;
  private final TaskProgress progress;
  private final JoinClock joinClock;
  private final SourceClock clock;
  private final JoinTask task;
  private final long minTimeMs;
  private final long maxFutureMs;
  private boolean joinsUp;

  DirectSide(
      JoinSettings settings,
      Side side,
      TopicPartition partition,
      TaskProgress progress,
      JoinClock joinClock,
      JoinTask task,
      ProcessorContext<?, ?> context) {
    this.settings = settings;
    this.side = side;
    this.partition = partition;
    this.progress = progress;
    this.joinClock = joinClock;
    this.clock =
        new SourceClock(side.ofClock(), settings.labels().graceMs(), context.currentSystemTimeMs());
    this.task = task;
    this.minTimeMs = settings.of(side).schema().minTimeMs();
    this.maxFutureMs = settings.of(side).maxFutureMs();
    long next = SideStart.of(settings, side, partition, progress.next(side));
    progress.moved(side, next);
    settings.own().begin(partition, next);
  }

  /**
   * After an outage a store may have been restored before the transaction was complete whose
   * offsets the consumer goes on from: what lies between would never be joined. Started anew, the
   * store has it.
   */
  @Override
  public void requireJoinsUp(long offset) {
    if (joinsUp) {
      return;
    }
    long next = progress.next(side);
    if (offset > next && settings.offsets(side).holdsAny(partition.partition(), next, offset)) {
      throw new IllegalStateException(
          "%s: the state restored is of the %s below offset %d, and reading goes on at %d"
              .formatted(partition, side.text(), next, offset));
    }
    joinsUp = true;
  }

  @Override
  public void take(Record<byte[], byte[]> record, RecordMetadata at, long nowMs) {
    settings.metrics().read(side, 1);
    byte @Nullable [] value = record.value();
    if (value == null) {
      settings.metrics().passedOver(Reason.TOMBSTONE, 1);
      return;
    }
    SideRecord read = SideRecord.of(value);
    switch (read.kind()) {
      case SideRecord.UNLABELLED -> settings.metrics().passedOver(Reason.UNLABELLED, 1);
      case SideRecord.REFUSED -> refuse(record, at, read.refused());
      default -> join(record, at, read, nowMs);
    }
  }

  private void join(Record<byte[], byte[]> record, RecordMetadata at, SideRecord read, long nowMs) {
    long timeMs = read.timeMs() == SideRecord.OF_RECORD ? record.timestamp() : read.timeMs();
    if (timeMs <= 0 || timeMs < minTimeMs) {
      refuse(record, at, untimed(read, record, timeMs));
      return;
    }
    long heldMs = Math.min(timeMs, nowMs + maxFutureMs);
    clock.read(heldMs, nowMs);
    byte[] key = read.joinKey(record.key());
    if (side == Side.LABELS) {
      task.label(key, read.label(), heldMs);
    } else {
      byte[] body = heldMs == timeMs ? read.body() : HeldBody.timed(read.body(), timeMs);
      task.event(key, new Origin(at.partition(), at.offset()), heldMs, body);
    }
  }

  /** One whose only time would be its record's, which has none that counts. */
  private SideRecord.Refused untimed(SideRecord read, Record<byte[], byte[]> record, long timeMs) {
    byte[] value =
        side == Side.LABELS
            ? new byte[0]
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
    settings.letters().letter(side, original, refused.rejected()).ifPresent(task::letter);
  }

  @Override
  public void tellTime(long nowMs) {
    Optional<End> end = settings.ends().newest(partition);
    if (end.isPresent()) {
      if (end.get().offset() <= done()) {
        clock.atEnd(end.get().askedMs());
      } else {
        clock.behind();
      }
    }
    joinClock.set(side.ofClock(), 0, clock.watermarkMs(nowMs));
  }

  /** The offset up to which all is joined: behind markers too, which no record tells of. */
  private long done() {
    long next = progress.next(side);
    Optional<Polled> polled = settings.polled().of(partition);
    if (polled.isEmpty()) {
      return next;
    }
    if (polled.get().last() < 0) {
      requireJoinsUp(polled.get().position());
    }
    return Math.max(next, polled.get().done(next - 1));
  }
}
