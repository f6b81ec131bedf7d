package dev.counterweight.judge;

import dev.counterweight.streams.Alarm;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Writes the labels of one partition of the labelled events into the partitions that their events
 * stand in, and tells all of them how far it is: soon after something was read, and once when it
 * opens. An idle task writes nothing. Used by the task's thread.
 */
final class LabelRouteTask implements TaskProcessor.Task<byte[], byte[]> {
  private static final byte[] NO_KEY = {};
  private static final long PACE_MS = 500;

  private final JudgeSettings settings;
  private final ProcessorContext<byte[], Outgoing> context;
  private final int partition;
  private final Alarm alarm;
  private long next;
  private long newestMs = Labels.UNKNOWN;

  LabelRouteTask(JudgeSettings settings, ProcessorContext<byte[], Outgoing> context) {
    this.settings = settings;
    this.context = context;
    this.partition = context.taskId().partition();
    OptionalLong committed = settings.labelOffsets().committed(partition);
    long first = settings.labelOffsets().logStart(partition);
    this.next = Math.max(first, committed.orElse(first));
    this.alarm = new Alarm(context, this::tell);
    alarm.noLaterThan(context.currentSystemTimeMs() + 1);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    if (alarm.setInTheFuture()) {
      alarm.cancel();
    }
    byte @Nullable [] value = record.value();
    if (value != null && value[0] != JudgeRecord.POSITION) {
      settings.own().take(new TopicPartition(at.topic(), at.partition()), at.offset());
      newestMs = Math.max(newestMs, record.timestamp());
      write(
          JudgeRecord.of(value).partition(),
          RoutedLabel.label(partition, at.offset(), record.timestamp(), value));
    }
    next = at.offset() + 1;
    alarm.noLaterThan(context.currentSystemTimeMs() + PACE_MS);
  }

  private void tell(long nowMs) {
    write(Outgoing.ALL, RoutedLabel.mark(partition, next, newestMs));
  }

  private void write(int to, byte[] value) {
    if (to >= settings.scores().partitions()) {
      throw new IllegalStateException(
          "a labelled event of partition %d, and topic '%s' has %d"
              .formatted(to, settings.names().scores(), settings.scores().partitions()));
    }
    context.forward(
        new Record<>(NO_KEY, new Outgoing(to, value), Math.max(0, newestMs), new RecordHeaders()));
  }

  @Override
  public void close() {
    alarm.cancel();
  }
}
