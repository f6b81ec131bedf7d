package dev.counterweight.joiner;

import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.Origin;
import dev.counterweight.joining.Side;
import dev.counterweight.joining.SourceClock;
import dev.counterweight.streams.Continuity;
import dev.counterweight.streams.PolledPositions.Polled;
import dev.counterweight.streams.TaskStore;
import dev.counterweight.streams.TopicEnds.End;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A side that is written again by its join key: what reaches this task of all partitions of its
 * topic. How far each has been written stands in the store beside the task's progress, in a row a
 * partition: what a mark told holds until the next, however often this task moves.
 *
 * <p>Bytes of a row, big-endian: the next offset that is awaited (8), the time up to which it is
 * read (8), the greatest time read (8). Used by the task.
 */
final class RoutedSide implements TaskSide {
  private static final int FIRST_ROW = 16;

  private final JoinSettings settings;
  private final Side side;
  private final TopicPartition partition;
  private final TaskProgress progress;
  private final TaskStore store;
  private final JoinClock joinClock;
  private final Joining task;
  private final List<Source> sources = new ArrayList<>();
  private final Continuity continuity;

  /** What is known of a partition of the side's topic. */
  private static final class Source {
    private final TopicPartition partition;
    private final SourceClock clock;
    private long next = TaskProgress.NEVER;

    Source(TopicPartition partition, SourceClock clock) {
      this.partition = partition;
      this.clock = clock;
    }
  }

  /**
   * @param partition of the topic that the side is written into
   * @param store of the task's progress
   * @param nowMs wall clock
   */
  RoutedSide(
      JoinSettings settings,
      Side side,
      TopicPartition partition,
      TaskProgress progress,
      TaskStore store,
      JoinClock joinClock,
      Joining task,
      long nowMs) {
    this.settings = settings;
    this.side = side;
    this.partition = partition;
    this.progress = progress;
    this.store = store;
    this.joinClock = joinClock;
    this.task = task;
    this.continuity = new Continuity(settings.routedOffsets().of(side), partition, side.text());
    source(settings.topics().of(side).partitions() - 1, nowMs);
    if (progress.next(side) == TaskProgress.NEVER) {
      continuity.requireNew();
      progress.moved(side, 0);
    } else {
      continuity.requireCommitted(progress.next(side));
    }
  }

  /** A partition of the side's topic, which may have grown since this was made. */
  private Source source(int number, long nowMs) {
    while (sources.size() <= number) {
      sources.add(restored(sources.size(), nowMs));
    }
    joinClock.grow(side, sources.size());
    return sources.get(number);
  }

  private Source restored(int number, long nowMs) {
    Source source =
        new Source(
            new TopicPartition(settings.of(side).topic(), number),
            new SourceClock(side, settings.labels().graceMs(), nowMs));
    byte @Nullable [] row = store.progress(row(number));
    if (row != null) {
      ByteBuffer in = ByteBuffer.wrap(row);
      source.next = in.getLong();
      source.clock.readElsewhere(in.getLong(), in.getLong(), nowMs);
    }
    return source;
  }

  private int row(int number) {
    return FIRST_ROW + Side.values().length * number + side.ordinal();
  }

  private void store(Source source) {
    byte[] row =
        ByteBuffer.allocate(3 * Long.BYTES)
            .putLong(source.next)
            .putLong(source.clock.upToMs())
            .putLong(source.clock.greatestMs())
            .array();
    store.putProgress(row(source.partition.partition()), row);
  }

  @Override
  public void requireJoinsUp(long offset) {
    continuity.require(offset, progress.next(side));
  }

  @Override
  public void take(Record<byte[], byte[]> record, RecordMetadata at, long nowMs) {
    if (at.offset() < progress.next(side)) {
      return;
    }
    RoutedRecord routed = RoutedRecord.of(record.value());
    Source source = source(routed.partition(), nowMs);
    if (routed.kind() == RoutedRecord.MARK) {
      source.next = Math.max(source.next, routed.offset());
      if (routed.read() && routed.timeMs() != JoinClock.UNKNOWN) {
        source.clock.readElsewhere(routed.upToMs(), routed.timeMs(), nowMs);
      }
    } else if (routed.offset() >= source.next) { // else written again: offsets were reset
      source.next = routed.offset() + 1;
      source.clock.read(routed.timeMs(), nowMs);
      join(record.key(), routed);
    }
    store(source);
    progress.moved(side, at.offset() + 1);
  }

  private void join(byte[] key, RoutedRecord routed) {
    if (side == Side.LABELS) {
      task.label(key, routed.label(), routed.timeMs());
    } else {
      Origin origin = new Origin(routed.partition(), routed.offset());
      task.event(key, origin, routed.timeMs(), routed.body());
    }
  }

  /**
   * A partition whose topic ends where it was written to is at its end: what was written of it
   * reached this task before the mark that says so.
   */
  @Override
  public void tellTime(long nowMs) {
    Optional<Polled> polled = settings.polled().of(partition);
    polled.ifPresent(now -> continuity.require(now, progress.next(side)));
    for (Source source : sources) {
      Optional<End> end = settings.ends().newest(source.partition);
      if (end.isPresent() && end.get().offset() <= source.next) {
        source.clock.atEnd(end.get().askedMs());
      } else if (end.isPresent()) {
        source.clock.behind();
      }
      joinClock.set(side, source.partition.partition(), source.clock.watermarkMs(nowMs));
    }
  }
}
