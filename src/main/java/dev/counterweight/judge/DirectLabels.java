package dev.counterweight.judge;

import dev.counterweight.streams.Continuity;
import dev.counterweight.streams.PolledPositions.Polled;
import dev.counterweight.streams.TopicEnds.End;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Labelled events that stand in the partition of their event: a task reads its own. Used by the
 * task.
 */
final class DirectLabels implements Labels {
  private final JudgeSettings settings;
  private final TopicPartition partition;
  private final JudgeProgress progress;
  private final Continuity continuity;
  private long readMs = UNKNOWN;

  DirectLabels(JudgeSettings settings, TopicPartition partition, JudgeProgress progress) {
    this.settings = settings;
    this.partition = partition;
    this.progress = progress;
    this.continuity = new Continuity(settings.labelOffsets(), partition, "labelled events");
    if (progress.begins()) {
      continuity.requireNew();
    }
  }

  @Override
  public void requireJoinsUp(long offset) {
    continuity.require(offset, progress.nextLabel());
  }

  @Override
  public void take(Record<byte[], byte[]> record, RecordMetadata at, Taker taker) {
    readMs = Math.max(readMs, record.timestamp());
    byte @Nullable [] value = record.value();
    if (value != null) {
      taker.label(JudgeRecord.of(value), record.timestamp());
    }
  }

  @Override
  public long readMs() {
    Optional<End> end = settings.ends().newest(partition);
    if (end.isPresent() && end.get().offset() <= done()) {
      readMs = Math.max(readMs, end.get().askedMs());
    }
    return readMs;
  }

  /** The offset up to which all is judged by: behind markers too, which no record tells of. */
  private long done() {
    long next = progress.nextLabel();
    Optional<Polled> polled = settings.polled().of(partition);
    if (polled.isEmpty()) {
      return next;
    }
    continuity.require(polled.get(), next);
    return Math.max(next, polled.get().done(next - 1));
  }
}
