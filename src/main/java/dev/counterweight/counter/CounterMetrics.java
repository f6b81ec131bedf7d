package dev.counterweight.counter;

import dev.counterweight.weights.ClassWeights;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The counter's meters, all tagged with the job. Thread-safe. */
final class CounterMetrics {
  private final Counter counted;
  private final Counter passedOver;
  private final Counter clamped;
  private final Counter lost;
  private final AtomicReference<@Nullable ClassWeights> newest = new AtomicReference<>();
  private final MeterRegistry registry;
  private final Tags job;

  CounterMetrics(MeterRegistry registry, String jobName, List<String> classes) {
    this.registry = registry;
    this.job = Tags.of("training_job", jobName);
    this.counted = counter("counterweight.events.counted", "Events counted by this process");
    this.passedOver =
        counter("counterweight.events.unreadable", "Events that could not be read and not counted");
    this.clamped =
        counter(
            "counterweight.events.clamped",
            "Events whose time lay too far ahead and was moved back");
    this.lost =
        counter(
            "counterweight.events.lost", "Offsets that retention deleted before they were counted");
    gauge("counterweight.weights.version", "Version of the newest snapshot", job, w -> w.version());
    for (int c = 0; c < classes.size(); c++) {
      int index = c;
      Tags tags = job.and("class", classes.get(c));
      gauge("counterweight.class.events", "Events of the class", tags, w -> w.events()[index]);
      gauge("counterweight.class.prior", "Share of the class", tags, w -> w.priors()[index]);
      gauge("counterweight.class.weight", "Weight of the class", tags, w -> w.weights()[index]);
    }
  }

  void counted() {
    counted.increment();
  }

  void passedOver() {
    passedOver.increment();
  }

  void clamped() {
    clamped.increment();
  }

  void lost(long offsets) {
    lost.increment(offsets);
  }

  /** The newest committed snapshot. */
  void published(ClassWeights snapshot) {
    newest.set(snapshot);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).tags(job).register(registry);
  }

  private void gauge(
      String name, String description, Tags tags, ToDoubleFunction<ClassWeights> value) {
    Gauge.builder(
            name,
            newest,
            reference -> {
              ClassWeights snapshot = reference.get();
              return snapshot == null ? Double.NaN : value.applyAsDouble(snapshot);
            })
        .description(description)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }
}
