package dev.counterweight.counter;

import dev.counterweight.config.CounterConfig;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.streams.FixedOffsets;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.WeightFormula;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedMap;

/** What the counter's tasks count by, where there is no cluster. */
record CounterSettings(
    EventsConfig events,
    CounterConfig counter,
    int partitions,
    SortedMap<Integer, Long> end,
    InputOffsets offsets,
    InstantSource clock,
    MeterRegistry registry) {

  /** One partition without an end, read from its first offset. */
  static CounterSettings of(EventsConfig events, CounterConfig counter) {
    return new CounterSettings(
        events,
        counter,
        1,
        Collections.emptySortedMap(),
        offsets(0, 0),
        Clock.systemUTC(),
        new SimpleMeterRegistry());
  }

  static CounterConfig balanced(HalfLife halfLife, Duration interval, long updateEvents) {
    return new CounterConfig(
        WeightFormula.of("balanced"), 10_000, halfLife, interval.toMillis(), updateEvents);
  }

  static InputOffsets offsets(long committed, long logStart) {
    return offsets(committed, logStart, false);
  }

  /**
   * @param eventsInGaps whether offsets that are not read are of events; else they are markers
   */
  static InputOffsets offsets(long committed, long logStart, boolean eventsInGaps) {
    return offsets(committed, logStart, eventsInGaps, false);
  }

  /**
   * @param withState whether a topology committed the offset, and counts with it
   */
  static InputOffsets offsets(
      long committed, long logStart, boolean eventsInGaps, boolean withState) {
    return new FixedOffsets(OptionalLong.of(committed), withState, logStart, eventsInGaps);
  }

  CounterSettings with(int newPartitions) {
    return new CounterSettings(events, counter, newPartitions, end, offsets, clock, registry);
  }

  CounterSettings with(SortedMap<Integer, Long> newEnd) {
    return new CounterSettings(events, counter, partitions, newEnd, offsets, clock, registry);
  }

  CounterSettings with(InputOffsets newOffsets) {
    return new CounterSettings(events, counter, partitions, end, newOffsets, clock, registry);
  }

  CounterSettings with(InstantSource newClock) {
    return new CounterSettings(events, counter, partitions, end, offsets, newClock, registry);
  }

  CounterSettings with(MeterRegistry newRegistry) {
    return new CounterSettings(events, counter, partitions, end, offsets, clock, newRegistry);
  }

  CounterTopology.Settings settings() {
    return new CounterTopology.Settings(
        "job",
        events,
        counter,
        new TopicSetup.Identity(new StreamIdentity("cluster", "topic"), partitions),
        end,
        offsets,
        clock,
        new OwnEvents(),
        new CounterMeters(registry, "job", events.schema().classes(), Clock.systemUTC()));
  }
}
