package dev.counterweight.cli;

import static dev.counterweight.cli.Refusals.sum;

import dev.counterweight.joiner.JoinerMetric;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether a run read labels and found the event of none: mostly that events.key and labels.key name
 * different things, which refuses nothing and looks like a stream without the rare class.
 */
final class UnmetLabels {
  /** Fewer labels may well all be of events from before the run, or of none. */
  static final long ENOUGH = 100;

  private UnmetLabels() {}

  /** What to say of it; empty where a label met its event, or too few could. */
  static Optional<String> in(MeterRegistry registry) {
    long labels =
        sum(registry, JoinerMetric.READ, "side", "labels")
            - sum(registry, JoinerMetric.REFUSED, "side", "labels");
    long without = sum(registry, JoinerMetric.UNLABELLED) + sum(registry, JoinerMetric.DROPPED);
    boolean met =
        sum(registry, JoinerMetric.MATCHED) > 0 || sum(registry, JoinerMetric.CORRECTED) > 0;
    return met || labels < ENOUGH || without < ENOUGH
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "none of %,d labels read has met an event, and %,d events were decided without one:"
                    + " events.key and labels.key must lead to the same text or bytes; check shows"
                    + " a key of each",
                labels,
                without));
  }
}
