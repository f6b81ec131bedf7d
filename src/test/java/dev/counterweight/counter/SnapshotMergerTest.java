package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.config.CounterConfig;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import dev.counterweight.weights.WeightFormula;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotMergerTest {
  private static final HalfLife MINUTE = new HalfLife(HalfLife.Unit.MILLISECONDS, 60_000);
  private static final long HOUR_MS = 3_600_000;

  @TempDir Path folder;
  private MockProcessorContext<byte[], byte[]> context;
  private long nowMs;

  @BeforeEach
  void openTheTask() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "job.counter");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    context = new MockProcessorContext<>(properties, new TaskId(1, 0), folder.toFile());
    context.setCurrentSystemTimeMs(nowMs);
    open(SnapshotMerger.PARTIALS, Serdes.Integer(), PartitionCounts.serde());
    open(SnapshotMerger.VERSION, Serdes.String(), Serdes.Long());
  }

  @Test
  void theFirstSnapshotWaitsForEveryPartition() {
    SnapshotMerger merger = merger(3, 1_000_000);
    report(merger, 2, 50);
    report(merger, 0, 10);
    wake(1_000);
    wake(30_000);
    assertThat(context.forwarded()).isEmpty();

    report(merger, 1, 40);
    wake(40_000);

    assertThat(context.forwarded()).hasSize(1);
    Snapshot first = published(0);
    assertThat(first.version()).isEqualTo(1);
    assertThat(first.offsets().from()).isEqualTo(Map.of(0, 10L, 1, 40L, 2, 50L));
  }

  @Test
  void noNumberOfEventsHastensTheFirstSnapshot() {
    SnapshotMerger merger = merger(2, 1);
    PartitionCounts begun = PartitionCounts.startingAt(10, HalfLife.NONE, 2);
    merger.process(new Record<>(0, begun.movedTo(5_000), nowMs));
    assertThat(context.forwarded()).isEmpty();

    report(merger, 1, 0);
    assertThat(published(0).offsets().covered()).isEqualTo(Map.of(0, 5_000L, 1, 0L));
  }

  @Test
  void laterSnapshotsDoNotWaitForPartitionsAddedSince() {
    SnapshotMerger before = merger(1, 1_000_000);
    report(before, 0, 10);
    wake(1_000);
    before.close();
    SnapshotMerger grown = merger(2, 1_000_000);
    wake(2_000);
    assertThat(context.forwarded()).hasSize(2);

    report(grown, 1, 0);
    wake(9_000);
    assertThat(published(2).offsets().covered()).isEqualTo(Map.of(0, 10L, 1, 0L));
  }

  @Test
  void anOlderPartialOfAPartitionDoesNotTakeBackANewerOne() {
    SnapshotMerger merger = merger(2, 1);
    merger.process(partial(0, 6, 2));
    merger.process(partial(0, 3, 1));

    merger.process(partial(1, 1, 0));

    assertThat(newest().offsets().covered()).isEqualTo(Map.of(0, 8L, 1, 1L));
    assertThat(newest().counts().events()).containsExactly(7, 2);
  }

  @Test
  void theVersionOutlivesAMove() {
    SnapshotMerger before = merger(1, 1);
    before.process(partial(0, 5, 4));
    long version = newest().version();
    before.close();

    merger(1, 1).process(partial(0, 6, 5));

    assertThat(newest().counts().events()).containsExactly(6, 5);
    assertThat(newest().version()).isEqualTo(version + 1);
  }

  @Test
  void theEndOfABacklogIsPublishedAfterAGraceForTheOtherPartitions() {
    SnapshotMerger merger = merger(2, 1_000_000);
    merger.process(partial(0, 1, 0));
    merger.process(partial(1, 1, 0));
    wake(1_000);
    int before = context.forwarded().size();

    merger.process(caughtUp(partial(0, 2, 0)));
    merger.process(caughtUp(partial(1, 2, 0)));
    assertThat(context.forwarded()).hasSize(before);
    context.resetCommit();
    wake(1_100);

    assertThat(context.forwarded()).hasSize(before + 1);
    assertThat(newest().offsets().covered()).isEqualTo(Map.of(0, 2L, 1, 2L));
    assertThat(context.committed()).isTrue();
  }

  @Test
  void theEndOfABacklogIsCommittedAtOnceThoughItsEventsWerePublishedByCount() {
    SnapshotMerger merger = merger(1, 1);
    merger.process(partial(0, 1, 0));
    wake(1_000);

    merger.process(caughtUp(partial(0, 2, 0)));
    assertThat(newest().offsets().covered()).containsEntry(0, 2L);
    int published = context.forwarded().size();
    context.resetCommit();
    wake(1_100);

    assertThat(context.committed()).isTrue();
    assertThat(context.forwarded()).as("said already").hasSize(published);
  }

  @Test
  void aPartialThatLostEventsEndsTheMergerBeforeItPublishes() {
    SnapshotMerger merger = merger(1, 1);
    merger.process(partial(0, 4, 4));
    int published = context.forwarded().size();
    DecayedCounts fewer = new DecayedCounts(HalfLife.NONE, 2);
    fewer.add(0, 1, 0);

    assertThatThrownBy(
            () -> merger.process(new Record<>(0, new PartitionCounts(9, 0, fewer), nowMs)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("the events of class 'ok' never fall: expected at least 4, found 1");
    assertThat(context.forwarded()).hasSize(published);
  }

  /** As in a rolling restart: another instance has not been restarted yet. */
  @Test
  void partialsOfFewerClassesTellUpToWhereTheOthersWereNotKnown() {
    SnapshotMerger merger = merger(2, 1);
    merger.process(partial(1, 3, 0));
    merger.process(partialOfOneClass(0, 5));

    assertThat(newest().counts().events()).containsExactly(8, 0);
    assertThat(newest().offsets().since()).isEqualTo(Map.of(1, Map.of(0, 5L)));
    assertThat(newest().offsets().counted(1, 0, 4)).isFalse();
    assertThat(newest().offsets().counted(1, 0, 5)).isTrue();
    assertThat(newest().offsets().counted(1, 1, 0)).isTrue();
    assertThat(newest().offsets().counted(0, 0, 0)).isTrue();

    merger.process(partialOfOneClass(0, 6));
    assertThat(newest().offsets().since()).isEqualTo(Map.of(1, Map.of(0, 6L)));
  }

  @Test
  void storedPartialsOfFewerClassesAreGoneOnFrom() {
    KeyValueStore<Integer, PartitionCounts> stored = context.getStateStore(SnapshotMerger.PARTIALS);
    stored.put(0, partialOfOneClass(0, 5).value());

    merger(1, 1).process(partial(0, 6, 1));

    assertThat(newest().counts().events()).containsExactly(6, 1);
    assertThat(newest().offsets().since()).as("as the newest partial says").isEmpty();
  }

  private static Record<Integer, PartitionCounts> partialOfOneClass(int partition, int events) {
    DecayedCounts counts = new DecayedCounts(HalfLife.NONE, 1);
    for (int i = 0; i < events; i++) {
      counts.add(0, 1, 0);
    }
    return new Record<>(partition, new PartitionCounts(events, 0, counts), 0);
  }

  @Test
  void aStoredPartialOfMoreClassesEndsTheMerger() {
    KeyValueStore<Integer, PartitionCounts> stored = context.getStateStore(SnapshotMerger.PARTIALS);
    stored.put(0, PartitionCounts.startingAt(0, HalfLife.NONE, 3));

    assertThatThrownBy(() -> merger(1, 1))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("partition 0: its counts are of 3 classes, and events.classes has 2");
  }

  private static Record<Integer, PartitionCounts> caughtUp(
      Record<Integer, PartitionCounts> partial) {
    return partial.withHeaders(new RecordHeaders().add(PartitionCounter.CAUGHT_UP, new byte[0]));
  }

  private SnapshotMerger merger(int partitions, long updateEvents) {
    return merger(partitions, updateEvents, "balanced", 10_000, HalfLife.NONE);
  }

  @Test
  void anotherFormulaTakesEffectAtOnce() {
    merger(1, 1).process(partial(0, 4, 4));
    assertThat(newest().weights()).containsExactly(1, 1);

    merger(1, 1, "power", 10_000, HalfLife.NONE).process(partial(0, 5, 4));
    assertThat(newest().weights()).containsExactly(Math.sqrt(4.5 / 5), Math.sqrt(4.5 / 4));

    merger(1, 1, "balanced", 1.1, HalfLife.NONE).process(partial(0, 20, 16));
    assertThat(newest().weights()[1]).as("another cap").isCloseTo(0.99, within(1e-12));
  }

  @Test
  void aClockSetBackDoesNotHoldUpSnapshots() {
    SnapshotMerger merger = merger(1, 1_000_000);
    merger.process(partial(0, 1, 0));
    wake(3_600_000);
    merger.process(partial(0, 2, 0));
    int before = context.forwarded().size();

    nowMs = 5_000;
    context.setCurrentSystemTimeMs(nowMs);
    merger.process(partial(0, 3, 0));

    assertThat(context.scheduledPunctuators())
        .filteredOn(alarm -> !alarm.cancelled())
        .allSatisfy(alarm -> assertThat(alarm.getInterval()).isLessThan(Duration.ofMillis(1_200)));
    wake(6_150);
    assertThat(context.forwarded()).hasSize(before + 1);
    assertThat(newest().offsets().covered()).containsEntry(0, 3L);
    wake(6_150 + 9_000);
    assertThat(context.forwarded()).as("a heartbeat").hasSize(before + 2);
  }

  @Test
  void anIdlePartitionThatAClockOnceAheadDatedDoesNotDecideTheCounts() {
    nowMs = HOUR_MS;
    SnapshotMerger merger = fading();
    merger.process(partial(0, 0, 10, nowMs));
    merger.process(partial(1, 1, 10, nowMs + 8_766 * HOUR_MS));

    merger.process(partial(0, 0, 990, nowMs));
    assertThat(newest().asOfMs()).isEqualTo(nowMs);
    assertThat(newest().priors()[1]).isCloseTo(0.01, within(1e-9));

    nowMs += MINUTE.amount();
    merger.process(partial(0, 0, 1_980, nowMs));
    assertThat(newest().counts().n(1)).as("fades from then on").isCloseTo(5, within(1e-9));
  }

  @Test
  void aClockSetBackDoesNotBringBackWhatAnIdlePartitionHasForgotten() {
    nowMs = 100 * HOUR_MS;
    SnapshotMerger merger = fading();
    merger.process(partial(1, 1, 1_000, nowMs - 3 * HOUR_MS));
    merger.process(partial(0, 0, 1_000, nowMs));

    nowMs -= 2 * HOUR_MS;
    merger.process(partial(0, 0, 2_000, nowMs + 2 * HOUR_MS));
    merger.process(partial(1, 1, 1_001, nowMs - HOUR_MS));

    assertThat(newest().priors()[1]).isLessThan(1e-9);
  }

  private SnapshotMerger merger(
      int partitions, long updateEvents, String formula, double maxRatio, HalfLife halfLife) {
    EventsConfig events =
        new EventsConfig(
            "events",
            EventFormat.JSON,
            EventsConfig.Start.EARLIEST,
            new EventSchema(List.of("a"), "label", List.of("ok", "fraud"), null, null),
            MINUTE.amount(),
            1 << 20,
            EventsConfig.Lost.FAIL);
    CounterConfig counter =
        new CounterConfig(WeightFormula.of(formula), maxRatio, halfLife, 1_000, updateEvents);
    InstantSource clock = () -> Instant.ofEpochMilli(nowMs);
    return new SnapshotMerger(
        CounterSettings.of(events, counter).with(partitions).with(clock).settings(), context);
  }

  private SnapshotMerger fading() {
    return merger(2, 1, "balanced", 10_000, MINUTE);
  }

  private void report(SnapshotMerger merger, int partition, long begins) {
    merger.process(
        new Record<>(partition, PartitionCounts.startingAt(begins, HalfLife.NONE, 2), nowMs));
  }

  private static Record<Integer, PartitionCounts> partial(int partition, int ok, int fraud) {
    DecayedCounts counts = new DecayedCounts(HalfLife.NONE, 2);
    for (int i = 0; i < ok + fraud; i++) {
      counts.add(i < ok ? 0 : 1, 1, 0);
    }
    return new Record<>(partition, new PartitionCounts(ok + fraud, 0, counts), 0);
  }

  /** So many events of one class at one time. */
  private static Record<Integer, PartitionCounts> partial(
      int partition, int label, int events, long timeMs) {
    DecayedCounts counts = new DecayedCounts(MINUTE, 2);
    for (int i = 0; i < events; i++) {
      counts.add(label, 1, timeMs);
    }
    return new Record<>(partition, new PartitionCounts(events, 0, counts), 0);
  }

  private Snapshot newest() {
    return published(context.forwarded().size() - 1);
  }

  private void wake(long atMs) {
    nowMs = atMs;
    context.setCurrentSystemTimeMs(atMs);
    for (CapturedPunctuator alarm : List.copyOf(context.scheduledPunctuators())) {
      if (!alarm.cancelled()) {
        alarm.getPunctuator().punctuate(atMs);
      }
    }
  }

  private Snapshot published(int index) {
    return SnapshotJson.read(context.forwarded().get(index).record().value());
  }

  private <K, V> void open(String name, Serde<K> keys, Serde<V> values) {
    KeyValueStore<K, V> store =
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
            .withLoggingDisabled()
            .withCachingDisabled()
            .build();
    store.init(context.getStateStoreContext(), store);
    context.addStateStore(store);
  }
}
