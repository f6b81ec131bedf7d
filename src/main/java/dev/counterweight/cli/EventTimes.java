package dev.counterweight.cli;

import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import java.time.Instant;
import java.util.Optional;

/** From when to when the events of a sample are, and whether that can be. Not thread-safe. */
final class EventTimes {
  private final EventSchema schema;
  private final SampledSide side;
  private long earliestMs = Long.MAX_VALUE;
  private long latestMs = Long.MIN_VALUE;

  EventTimes(EventSchema schema, SampledSide side) {
    this.schema = schema;
    this.side = side;
  }

  /** Takes in the time of an event that was read. */
  void add(long timeMs) {
    earliestMs = Math.min(earliestMs, timeMs);
    latestMs = Math.max(latestMs, timeMs);
  }

  void tell(Findings findings) {
    if (earliestMs > latestMs) {
      return;
    }
    String line =
        "times: %s to %s (%s)"
            .formatted(Instant.ofEpochMilli(earliestMs), Instant.ofEpochMilli(latestMs), source());
    if (plausible(earliestMs) && plausible(latestMs)) {
      findings.detail(line);
    } else {
      findings.wrong(line + ": no times of these decades" + mend());
    }
  }

  private String source() {
    return schema.time() == null
        ? "the records' timestamps"
        : "field '%s', %s.time.unit=%s".formatted(schema.time(), side, schema.timeUnit());
  }

  private static boolean plausible(long ms) {
    return EventTimeUnit.likely(ms).equals(Optional.of(EventTimeUnit.MS));
  }

  private String mend() {
    return schema
        .timeUnit()
        .meant(plausible(latestMs) ? earliestMs : latestMs)
        .map(unit -> "; in " + unit + " they would be: set " + side + ".time.unit=" + unit)
        .orElse("");
  }
}
