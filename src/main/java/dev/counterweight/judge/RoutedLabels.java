package dev.counterweight.judge;

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
 * Labelled events that stand in the partition of their key, written again into that of their event:
 * what reaches this task of all of them. How far each has been written stands in the store, in a
 * row a partition. Used by the task.
 *
 * <p>Bytes of a row, big-endian: the next offset that is awaited (8), when the newest record was
 * written that was read (8).
 */
final class RoutedLabels implements Labels {
  private static final int FIRST_ROW = 16;

  private final JudgeSettings settings;
  private final TopicPartition partition;
  private final JudgeProgress progress;
  private final TaskStore store;
  private final Continuity continuity;
  private final List<Source> sources = new ArrayList<>();

  /** What is known of a partition of the labelled events. */
  private static final class Source {
    private final TopicPartition partition;
    private long next;
    private long readMs = UNKNOWN;

    Source(TopicPartition partition) {
      this.partition = partition;
    }
  }

  /**
   * @param partition of the topic that labels are written into
   */
  RoutedLabels(
      JudgeSettings settings, TopicPartition partition, JudgeProgress progress, TaskStore store) {
    this.settings = settings;
    this.partition = partition;
    this.progress = progress;
    this.store = store;
    this.continuity = new Continuity(settings.routedOffsets(), partition, "labels");
    if (progress.begins()) {
      continuity.requireNew();
    }
    for (int p = 0; p < settings.labelled().partitions(); p++) {
      sources.add(restored(p));
    }
  }

  private Source restored(int number) {
    Source source = new Source(new TopicPartition(settings.names().labelled(), number));
    byte @Nullable [] row = store.progress(FIRST_ROW + number);
    if (row != null) {
      ByteBuffer in = ByteBuffer.wrap(row);
      source.next = in.getLong();
      source.readMs = in.getLong();
    }
    return source;
  }

  private void store(Source source) {
    store.putProgress(
        FIRST_ROW + source.partition.partition(),
        ByteBuffer.allocate(2 * Long.BYTES).putLong(source.next).putLong(source.readMs).array());
  }

  @Override
  public void requireJoinsUp(long offset) {
    continuity.require(offset, progress.nextLabel());
  }

  @Override
  public void take(Record<byte[], byte[]> record, RecordMetadata at, Taker taker) {
    RoutedLabel routed = RoutedLabel.of(record.value());
    Source source = sources.get(routed.partition());
    if (routed.kind() == RoutedLabel.MARK) {
      source.next = Math.max(source.next, routed.offset());
    } else if (routed.offset() < source.next) {
      return; // written again: offsets were reset
    } else {
      source.next = routed.offset() + 1;
      taker.label(JudgeRecord.of(routed.label()), routed.atMs());
    }
    source.readMs = Math.max(source.readMs, routed.atMs());
    store(source);
  }

  /**
   * A partition that ends where it was written to is at its end: what was written of it reached
   * this task before the mark that says so.
   */
  @Override
  public long readMs() {
    Optional<Polled> polled = settings.polled().of(partition);
    polled.ifPresent(now -> continuity.require(now, progress.nextLabel()));
    long least = Long.MAX_VALUE;
    for (Source source : sources) {
      Optional<End> end = settings.ends().newest(source.partition);
      if (end.isPresent() && end.get().offset() <= source.next) {
        source.readMs = Math.max(source.readMs, end.get().askedMs());
      }
      least = Math.min(least, source.readMs);
    }
    return least;
  }
}
