package dev.counterweight.streams;

import java.time.Duration;
import java.util.function.LongConsumer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.jspecify.annotations.Nullable;

/**
 * One wall-clock look ahead of a processor, set only while there is something to look for: Kafka
 * Streams commits after every punctuation, so one that is repeated for ever makes an idle task
 * commit for ever. Used by the processor's thread.
 */
public final class Alarm {
  private static final long OFF = Long.MAX_VALUE;

  private final ProcessorContext<?, ?> context;
  private final LongConsumer ring;
  private @Nullable Cancellable set;
  private long setForMs = OFF;
  private long setAtMs;

  /**
   * @param ring is given the wall-clock time, once for each time the alarm is set
   */
  public Alarm(ProcessorContext<?, ?> context, LongConsumer ring) {
    this.context = context;
    this.ring = ring;
  }

  /**
   * Rings at this time, or earlier if it is set for an earlier one: an alarm that comes too early
   * sets itself again, which costs less than a schedule left behind in the task's queue each time.
   */
  public void noLaterThan(long timeMs) {
    if (timeMs >= setForMs) {
      return;
    }
    cancel();
    setForMs = timeMs;
    setAtMs = context.currentSystemTimeMs();
    set =
        context.schedule(
            Duration.ofMillis(Math.max(1, timeMs - setAtMs)),
            PunctuationType.WALL_CLOCK_TIME,
            this::fire);
  }

  /** Whether the clock has been set back behind the time at which this was set. */
  public boolean setInTheFuture() {
    return setForMs != OFF && context.currentSystemTimeMs() < setAtMs;
  }

  public void cancel() {
    if (set != null) {
      set.cancel();
    }
    set = null;
    setForMs = OFF;
  }

  private void fire(long nowMs) {
    cancel();
    ring.accept(nowMs);
  }
}
