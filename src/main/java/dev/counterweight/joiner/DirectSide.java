package dev.counterweight.joiner;

import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.Origin;
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
    this.clock = new SourceClock(side.ofClock(), settings.labels().graceMs(), nowMs);
    this.task = task;
    this.admission = admission;
    this.continuity = new Continuity(settings.offsets(side), partition, side.text());
    if (progress.next(side) == TaskProgress.NEVER) {
      continuity.requireNew();
    }
    long next = SideStart.of(settings, side, partition, progress.next(side));
    progress.moved(side, next);
    settings.own().begin(partition, next);
  }

  @Override
  public void requireJoinsUp(long offset) {
    continuity.require(offset, progress.next(side));
  }

  @Override
  public void take(Record<byte[], byte[]> record, RecordMetadata at, long nowMs) {
    admission.admit(record, at, nowMs).ifPresent(admitted -> join(admitted, at, nowMs));
  }

  private void join(Admission.Admitted admitted, RecordMetadata at, long nowMs) {
    long heldMs = admitted.heldMs();
    clock.read(heldMs, nowMs);
    if (side == Side.LABELS) {
      task.label(admitted.key(), admitted.label(), heldMs);
    } else {
      Origin origin = new Origin(at.partition(), at.offset());
      task.event(admitted.key(), origin, heldMs, admitted.body());
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
    joinClock.set(side.ofClock(), 0, clock.watermarkMs(nowMs));
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
