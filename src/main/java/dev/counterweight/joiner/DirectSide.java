package dev.counterweight.joiner;

import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.Origin;
import dev.counterweight.joining.Side;
import dev.counterweight.joining.SourceClock;
import dev.counterweight.streams.Continuity;
import dev.counterweight.streams.PolledPositions.Polled;
import dev.counterweight.streams.TopicEnds.End;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** A side whose topic is read as it is: the task's own partition of it. Used by the task. */
final class DirectSide implements TaskSide {
  private final JoinSettings settings;
  private final Side side;
  private final TopicPartition partition;
  private final TaskProgress progress;
  private final JoinClock joinClock;
  private final SourceClock clock;
  private final Joining task;
  private final Admission admission;
  private final Continuity continuity;
  private final long maxFutureMs;

  DirectSide(
      JoinSettings settings,
      Side side,
      TopicPartition partition,
      TaskProgress progress,
      JoinClock joinClock,
      Joining task,
      Admission admission,
      long nowMs) {
    this.settings = settings;
    this.side = side;
    this.partition = partition;
    this.progress = progress;
    this.joinClock = joinClock;
    this.clock = new SourceClock(side, settings.labels().graceMs(), nowMs);
    this.task = task;
    this.admission = admission;
    this.maxFutureMs = settings.of(side).maxFutureMs();
    this.continuity = new Continuity(settings.offsets().of(side), partition, side.text());
    if (progress.next(side) == TaskProgress.NEVER) {
      continuity.requireNew();
    }
    long next = SideStart.of(settings, side, partition, progress.next(side));
    continuity.requireCommitted(next);
    progress.moved(side, next);
    settings.own().reading().begin(partition, next);
  }

  @Override
  public void requireJoinsUp(long offset) {
    continuity.require(offset, progress.next(side));
  }

  @Override
  public void take(Record<byte[], byte[]> record, RecordMetadata at, long nowMs) {
    byte[] value = record.value();
    if (SideChunk.is(value)) {
      take(SideChunk.of(value), nowMs);
    } else if (at.offset() >= progress.next(side)) {
      admission
          .admit(record, at, nowMs)
          .ifPresent(
              one -> join(at.offset(), one.heldMs(), one.key(), one.label(), one.body(), nowMs));
      progress.moved(side, at.offset() + 1);
      settings.own().reading().take(partition, at.offset());
    }
  }

  private void take(SideChunk chunk, long nowMs) {
    int taken = 0;
    while (chunk.next()) {
      if (chunk.offset() >= progress.next(side)) {
        long heldMs = Math.min(chunk.timeMs(), nowMs + maxFutureMs);
        byte[] body =
            heldMs == chunk.timeMs() || side == Side.LABELS
                ? chunk.body()
                : HeldBody.timed(chunk.body(), chunk.timeMs());
        join(chunk.offset(), heldMs, chunk.joinKey(), chunk.label(), body, nowMs);
        progress.moved(side, chunk.offset() + 1);
        taken++;
      }
    }
    settings.metrics().read(side, taken);
    settings.own().reading().take(partition, chunk.offset(), taken);
  }

  private void join(long offset, long heldMs, byte[] key, int label, byte[] body, long nowMs) {
    clock.read(heldMs, nowMs);
    if (side == Side.LABELS) {
      task.label(key, label, heldMs);
    } else {
      task.event(key, new Origin(partition.partition(), offset), heldMs, body);
    }
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
    joinClock.set(side, 0, clock.watermarkMs(nowMs));
  }

  /** The offset up to which all is joined: behind markers too, which no record tells of. */
  private long done() {
    long next = progress.next(side);
    Optional<Polled> polled = settings.polled().of(partition);
    if (polled.isEmpty()) {
      return next;
    }
    continuity.require(polled.get(), next);
    return Math.max(next, polled.get().done(next - 1));
  }
}
