package dev.counterweight.joiner;

import dev.counterweight.joiner.SideEnds.End;
import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.Origin;
import dev.counterweight.joining.SourceClock;
import dev.counterweight.streams.PolledPositions.Polled;
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
  private boolean joinsUp;
  private long joinsUpTo;

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
    if (progress.next(side) == TaskProgress.NEVER) {
      SideStart.requireNew(settings.offsets(side), partition);
    }
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
    if (!joinsUp) {
      requireNoneBetween(offset);
      joinsUp = true;
    }
  }

  /** The same of a position from which no record has come yet: the first may stand behind it. */
  private void requirePositionJoinsUp(Polled polled) {
    if (polled.last() < 0 && polled.position() > joinsUpTo) {
      requireNoneBetween(polled.position());
      joinsUpTo = polled.position();
    }
  }

  private void requireNoneBetween(long offset) {
    long next = progress.next(side);
    if (offset > next && settings.offsets(side).holdsAny(partition.partition(), next, offset)) {
      throw new IllegalStateException(
          "%s: the state restored is of the %s below offset %d, and reading goes on at %d"
              .formatted(partition, side.text(), next, offset));
    }
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
    requirePositionJoinsUp(polled.get());
    return Math.max(next, polled.get().done(next - 1));
  }
}
