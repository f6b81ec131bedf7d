package dev.counterweight.scorer;

import dev.counterweight.runtime.JobMeters;
import dev.counterweight.scorer.Following.HeldBack;
import dev.counterweight.serving.ServedModel;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The meters of a follower. Written by its thread, read by any. */
final class FollowerMeters {
  private final JobMeters meters;
  private final Counter swaps;
  private final Counter failed;
  private final Counter heldBack;
  private final Timer freshness;
  private volatile @Nullable HeldBack holding;
  private volatile LongSupplier supersededMs = () -> 0;
  private volatile boolean ordered;

  FollowerMeters(MeterRegistry registry, String job, Models models) {
    this.meters = new JobMeters(registry, job);
    meters.gauge(FollowerMetric.STEP, () -> step(models));
    this.swaps = meters.counter(FollowerMetric.SWAPS);
    this.failed = meters.counter(FollowerMetric.FAILED);
    this.heldBack = meters.counter(FollowerMetric.HELD_BACK);
    meters.gauge(FollowerMetric.HOLDING, () -> holding == null ? 0 : 1);
    meters.gauge(FollowerMetric.ORDERED, () -> ordered ? 1 : 0);
    this.freshness = meters.timer(FollowerMetric.FRESHNESS);
  }

  private static double step(Models models) {
    ServedModel model = models.current();
    return model == null ? Double.NaN : model.id().step();
  }

  void swapped() {
    swaps.increment();
  }

  void failed() {
    failed.increment();
  }

  /** How long what should answer has not been taken; asked from any thread. */
  void superseded(LongSupplier ms) {
    supersededMs = ms;
    meters.gauge(FollowerMetric.SUPERSEDED, () -> ms.getAsLong() / 1e3);
  }

  /** What is decided now. */
  void decided(@Nullable HeldBack heldNow, boolean orderedNow) {
    holding = heldNow;
    ordered = orderedNow;
  }

  /** The newest checkpoint, if it is held back now. */
  Optional<HeldBack> holding() {
    return Optional.ofNullable(holding);
  }

  /** Whether an operator says which checkpoint answers. */
  boolean isOrdered() {
    return ordered;
  }

  /** How long what should answer has not been taken; 0 if it answers. */
  long supersededMs() {
    return supersededMs.getAsLong();
  }

  void heldBack(long more) {
    heldBack.increment(more);
  }

  /** An event that the model which has begun to answer knows, and the one before it did not. */
  void known(long ageMs) {
    freshness.record(Duration.ofMillis(Math.max(0, ageMs)));
  }
}
