package dev.counterweight.joiner;

import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.ReadTimes;
import dev.counterweight.joining.Side;
import dev.counterweight.streams.Alarm;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Writes one partition of a side into the partitions that its keys are joined in, and tells all of
 * them how far it is: soon after something was read, and once when it opens. The tasks that join
 * find out by themselves, from what brokers say, how long that is all there is; an idle task writes
 * nothing. Used by the task's thread.
 */
final class RouteTask implements TaskProcessor.Task<byte[], byte[]> {
  private static final byte[] NO_KEY = {};

  private final JoinSettings settings;
  private final Side side;
  private final ProcessorContext<byte[], Outgoing> context;
  private final Admission admission;
  private final int partition;
  private final TopicPartition source;
  private final long paceMs;
  private final Alarm alarm;
  private long next;
  private final ReadTimes times = new ReadTimes();
  private long greatestMs = JoinClock.UNKNOWN;
  private boolean read;

  RouteTask(JoinSettings settings, Side side, ProcessorContext<byte[], Outgoing> context) {
    this.settings = settings;
    this.side = side;
    this.context = context;
    this.partition = context.taskId().partition();
    this.admission = new Admission(settings, side, context, Routes.letters(side));
    this.paceMs = Math.max(1, settings.rules().lookMs() / 2);
    this.source = new TopicPartition(settings.of(side).topic(), partition);
    this.next = SideStart.of(settings, side, source, TaskProgress.NEVER);
    settings.own().reading().begin(source, next);
    this.alarm = new Alarm(context, this::tell);
    alarm.noLaterThan(context.currentSystemTimeMs() + 1);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    long nowMs = context.currentSystemTimeMs();
    if (alarm.setInTheFuture()) {
      alarm.cancel();
    }
    byte @Nullable [] value = record.value();
    if (value == null || SideRecord.of(value).kind() != SideRecord.POSITION) {
      settings.own().reading().take(source, at.offset());
      admission.admit(record, at, nowMs).ifPresent(admitted -> route(admitted, at, nowMs));
    }
    next = at.offset() + 1;
    alarm.noLaterThan(nowMs + paceMs);
  }

  private void route(Admission.Admitted admitted, RecordMetadata at, long nowMs) {
    long heldMs = admitted.heldMs();
    long readMs = Math.min(heldMs, nowMs);
    times.add(readMs);
    greatestMs = Math.max(greatestMs, readMs);
    read = true;
    byte[] value =
        side == Side.LABELS
            ? RoutedRecord.label(at.partition(), at.offset(), heldMs, admitted.label())
            : RoutedRecord.event(at.partition(), at.offset(), heldMs, admitted.body());
    write(
        admitted.key(), new Outgoing(settings.routing().partition(admitted.key()), value), heldMs);
  }

  private void tell(long nowMs) {
    byte[] mark = RoutedRecord.mark(partition, next, greatestMs, read, times.ms());
    write(NO_KEY, new Outgoing(Outgoing.ALL, mark), times.ms());
    read = false;
  }

  private void write(byte[] key, Outgoing value, long timeMs) {
    context.forward(
        new Record<>(key, value, Math.max(0, timeMs), new RecordHeaders()), Routes.routed(side));
  }

  @Override
  public void close() {
    alarm.cancel();
  }
}
