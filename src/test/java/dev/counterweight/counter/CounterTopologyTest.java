package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.config.CounterConfig;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.ReceivedRecord;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.DriverSettings;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import dev.counterweight.weights.WeightFormula;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // set by start, which every test calls first
class CounterTopologyTest {
  private static final long NOW_MS = 1_700_000_000_000L;
  private static final long HOUR_MS = 3_600_000;
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private long firstOffset;
  private long logStart;
  private HalfLife halfLife = HalfLife.NONE;
  private final SortedMap<Integer, Long> end = new TreeMap<>();
  private EventsConfig.Lost lost = EventsConfig.Lost.FAIL;
  private long offset;
  private boolean behind;
  private final EventPacker packer = new EventPacker("events", 0);
  private ReadEvents read;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> events;
  private TestOutputTopic<byte[], byte[]> snapshots;

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  @Test
  void theFirstPunctuationPublishesEvenWithoutAnyEvent() {
    start(INTERVAL, 10_000);

    pass(INTERVAL.multipliedBy(2));

    Snapshot snapshot = newest();
    assertThat(snapshot.version()).isEqualTo(1);
    assertThat(snapshot.offsets().covered()).containsEntry(0, 0L);
    assertThat(snapshot.priors()).containsExactly(0, 0);
    assertThat(snapshot.weights()).containsExactly(1, 1);
    assertThat(snapshot.stream().clusterId()).isEqualTo("cluster");
    assertThat(snapshot.asOfMs()).as("null in JSON").isEqualTo(Long.MIN_VALUE);
    assertThat(new String(SnapshotJson.write(snapshot), StandardCharsets.UTF_8))
        .contains("\"as_of\":null");
  }

  @Test
  void everyIntervalInWhichSomethingCamePublishesOnce() {
    start(INTERVAL, 10_000);
    send("ok", "ok", "ok", "fraud");

    pass(INTERVAL.multipliedBy(2));
    Snapshot snapshot = newest();
    assertThat(snapshot.counts().events()).containsExactly(3, 1);
    assertThat(snapshot.priors()).containsExactly(0.75, 0.25);
    assertThat(snapshot.weights()).containsExactly(4 / 6.0, 2);
    assertThat(snapshot.offsets().covered()).containsEntry(0, 4L);
    assertThat(snapshot.offsets().from()).containsEntry(0, 0L);

    pass(INTERVAL.multipliedBy(5));
    assertThat(snapshots.isEmpty()).as("nothing came, nothing is said").isTrue();
    send("ok");
    pass(INTERVAL.multipliedBy(2));
    assertThat(newest().version()).isEqualTo(2);
  }

  @Test
  void theFirstSnapshotDoesNotWaitForALongInterval() {
    start(Duration.ofHours(1), 10_000);
    send("ok");

    pass(Duration.ofMillis(500));

    assertThat(newest().offsets().covered()).containsEntry(0, 1L);
  }

  @Test
  void theEndIsPublishedAtOnceWhateverTheInterval() {
    end.put(0, 3L);
    start(Duration.ofHours(1), 10_000);
    pass(Duration.ofMillis(500));
    snapshots.readValuesToList();

    send("ok", "ok", "fraud");

    assertThat(newest().offsets().covered()).containsEntry(0, 3L);
    send("ok");
    pass(Duration.ofSeconds(10));
    assertThat(snapshots.isEmpty()).as("the end is behind: the interval rules again").isTrue();
  }

  @Test
  void anEndThatNoEventHasIsPublishedOnceTheFlowStops() {
    end.put(0, 10L);
    start(Duration.ofHours(1), 10_000);
    send("ok", "ok", "fraud");

    pass(Duration.ofSeconds(2));

    assertThat(newest().offsets().covered()).containsEntry(0, 3L);
  }

  @Test
  void anIdleCounterSaysTheSameAgainBeforeTenIntervalsHavePassed() {
    start(INTERVAL, 10_000);
    send("ok");
    pass(INTERVAL.multipliedBy(2));
    Snapshot before = newest();

    pass(INTERVAL.multipliedBy(7));
    assertThat(snapshots.isEmpty()).isTrue();
    pass(INTERVAL);

    List<Snapshot> heartbeats =
        snapshots.readValuesToList().stream().map(SnapshotJson::read).toList();
    assertThat(heartbeats).hasSize(1);
    assertThat(heartbeats.get(0).version()).isEqualTo(before.version() + 1);
    assertThat(heartbeats.get(0).offsets().covered()).isEqualTo(before.offsets().covered());
    assertThat(heartbeats.get(0).counts().events()).isEqualTo(before.counts().events());
  }

  @Test
  void catchingUpPublishesByCountEarlyOnesMoreOften() {
    start(INTERVAL, 400);

    for (int i = 0; i < 2_000; i++) {
      send("ok");
    }

    List<Snapshot> published =
        snapshots.readValuesToList().stream().map(SnapshotJson::read).toList();
    List<Long> covered =
        published.stream()
            .map(snapshot -> snapshot.offsets().covered().getOrDefault(0, 0L))
            .toList();
    assertThat(covered).startsWith(16L, 33L, 52L).endsWith(1734L, 1924L).hasSize(27);
    assertThat(published)
        .extracting(Snapshot::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, covered.size()).boxed().toList());
  }

  /** Runs that repeat rest on it. */
  @Test
  void withoutIntervalWhatIsPublishedDoesNotDependOnWhenTheClockTicks() {
    start(Duration.ZERO, 400);

    for (int i = 0; i < 2_000; i++) {
      send("ok");
      if (i % 90 == 0) {
        pass(Duration.ofMillis(300));
        behind = !behind;
      }
    }

    assertThat(covered()).startsWith(16L, 33L, 52L).endsWith(1734L, 1924L).hasSize(27);
  }

  @Test
  void theLastOfABacklogDoesNotWaitForTheInterval() {
    start(Duration.ofHours(1), 10_000);
    pass(Duration.ofMillis(500));
    snapshots.readValuesToList();
    behind = true;
    send("ok", "ok");
    pass(Duration.ofSeconds(1));
    assertThat(snapshots.isEmpty()).as("there is more to come").isTrue();

    behind = false;
    send("fraud");
    assertThat(snapshots.isEmpty()).as("other partitions may end theirs").isTrue();
    pass(Duration.ofMillis(200));

    assertThat(newest().offsets().covered()).containsEntry(0, 3L);
    send("ok");
    pass(Duration.ofSeconds(10));
    assertThat(snapshots.isEmpty()).as("it has caught up: the interval rules again").isTrue();
  }

  @Test
  void aMomentBehindIsNoBacklog() {
    start(Duration.ofHours(1), 10_000);
    pass(Duration.ofMillis(500));
    snapshots.readValuesToList();

    behind = true;
    send("ok");
    pass(Duration.ofMillis(400));
    behind = false;
    send("ok");
    pass(Duration.ofSeconds(10));

    assertThat(snapshots.isEmpty()).isTrue();
  }

  @Test
  void withoutIntervalTheLastEventsArePublishedOnceTheFlowStops() {
    start(Duration.ZERO, 10_000);
    pass(Duration.ofSeconds(2));
    snapshots.readValuesToList();
    send("ok", "fraud");

    pass(Duration.ofSeconds(10));

    assertThat(newest().offsets().covered()).containsEntry(0, 2L);
  }

  @Test
  void whatCannotBeReadIsPassedOverAndCovered() {
    start(INTERVAL, 10_000);
    send("ok", "maybe", "fraud");
    pipe("no json".getBytes(StandardCharsets.UTF_8), NOW_MS);
    pipe(null, NOW_MS);

    pass(INTERVAL.multipliedBy(2));

    assertThat(newest().counts().events()).containsExactly(1, 1);
    assertThat(newestSeen().offsets().covered()).containsEntry(0, 5L);
    assertThat(
            registry
                .get("counterweight.events.passed.over")
                .tags("role", "counter", "reason", "tombstone")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(registry.counter("counterweight.events.unreadable", "training_job", "job").count())
        .isEqualTo(2);
  }

  @Test
  void eventsBeforeTheJobsStartAreNotCounted() {
    firstOffset = 2;
    start(INTERVAL, 10_000);
    send("ok", "ok", "fraud");

    pass(INTERVAL.multipliedBy(2));

    assertThat(newest().counts().events()).containsExactly(0, 1);
    assertThat(newestSeen().offsets().from()).containsEntry(0, 2L);
  }

  @Test
  void aTimeTooFarAheadIsMovedBackAndCounted() {
    start(INTERVAL, 10_000);
    pipe(event("ok"), NOW_MS + 100 * HOUR_MS);

    pass(INTERVAL.multipliedBy(2));

    assertThat(newest().asOfMs()).isEqualTo(NOW_MS + HOUR_MS);
    assertThat(registry.counter("counterweight.events.clamped", "training_job", "job").count())
        .isEqualTo(1);
  }

  @Test
  void importanceWeighsInTheWeightsButNotInThePriors() {
    start(INTERVAL, 10_000);
    pipe(event("ok", 1), NOW_MS);
    pipe(event("ok", 2), NOW_MS);
    pipe(event("fraud", 0.5), NOW_MS);
    pipe(event("fraud", -1), NOW_MS); // out of range: not counted

    pass(INTERVAL.multipliedBy(2));

    Snapshot snapshot = newest();
    assertThat(snapshot.counts().events()).containsExactly(2, 1);
    assertThat(snapshot.counts().n()).containsExactly(2, 1);
    assertThat(snapshot.counts().weighted()).containsExactly(3, 0.5);
    assertThat(snapshot.weights()).containsExactly(3.5 / 6, 3.5);
    assertThat(snapshot.priors()[1]).isEqualTo(1 / 3.0);
  }

  @Test
  void whatWasCountedFadesByTheHalfLifeAndTheEventsStayExact() {
    halfLife = new HalfLife(HalfLife.Unit.MILLISECONDS, HOUR_MS);
    start(INTERVAL, 10_000);
    pipe(event("ok"), NOW_MS - 2 * HOUR_MS);
    pipe(event("fraud", 4), NOW_MS);
    pipe(event("ok"), NOW_MS - HOUR_MS); // late

    pass(INTERVAL.multipliedBy(2));

    Snapshot snapshot = newest();
    assertThat(snapshot.asOfMs()).isEqualTo(NOW_MS);
    assertThat(snapshot.formula().parameters())
        .containsEntry("counts.half.life.ms", (double) HOUR_MS);
    assertThat(snapshot.counts().events()).containsExactly(2, 1);
    assertThat(snapshot.counts().n(0)).isCloseTo(0.75, within(1e-12));
    assertThat(snapshot.counts().n(1)).isCloseTo(1, within(1e-12));
    assertThat(snapshot.counts().weighted(1)).isCloseTo(4, within(1e-12));
    assertThat(snapshot.priors()[0]).isCloseTo(0.75 / 1.75, within(1e-12));
    assertThat(snapshot.weights()[0]).isCloseTo(4.75 / 1.5, within(1e-12));
  }

  @Test
  void eventsDeletedBeforeTheyWereCountedAreAnError() {
    firstOffset = 5;
    logStart = 9;

    assertThatThrownBy(() -> start(INTERVAL, 10_000))
        .hasRootCauseInstanceOf(FailureException.class)
        .rootCause()
        .hasMessageContaining("offsets 5 to 8 were deleted");
  }

  @Test
  void eventsDeletedMayBeLeftBehindOnRequest() {
    firstOffset = 5;
    logStart = 9;
    lost = EventsConfig.Lost.CONTINUE;
    start(INTERVAL, 10_000);

    pass(INTERVAL.multipliedBy(2));

    assertThat(newest().offsets().covered()).containsEntry(0, 9L);
  }

  private List<Long> covered() {
    return snapshots.readValuesToList().stream()
        .map(json -> SnapshotJson.read(json).offsets().covered().getOrDefault(0, 0L))
        .toList();
  }

  private Snapshot newestSeen;

  private Snapshot newest() {
    List<byte[]> all = snapshots.readValuesToList();
    assertThat(all).isNotEmpty();
    newestSeen = SnapshotJson.read(all.get(all.size() - 1));
    return newestSeen;
  }

  private Snapshot newestSeen() {
    return newestSeen;
  }

  /** Time passes as it does, in small steps. */
  private void pass(Duration time) {
    Duration step = Duration.ofMillis(100);
    for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(step)) {
      driver.advanceWallClockTime(step);
    }
  }

  private void send(String... labels) {
    for (String label : labels) {
      pipe(event(label), NOW_MS);
    }
  }

  /** One event, as the consumer hands it over: in a chunk. */
  private void pipe(byte @Nullable [] value, long timeMs) {
    TopicPartition partition = new TopicPartition("events", 0);
    ConsumerRecord<byte[], byte[]> event = ReceivedRecord.of(partition, offset++, timeMs, value);
    packer
        .pack(
            new ConsumerRecords<>(Map.of(partition, read.of(List.of(event))), Map.of()),
            p -> behind)
        .forEach(chunk -> events.pipeInput(null, chunk.value(), chunk.timestamp()));
  }

  private static byte[] event(String label) {
    return event(label, 1);
  }

  private static byte[] event(String label, double worth) {
    return "{\"a\":1,\"label\":\"%s\",\"worth\":%s}"
        .formatted(label, worth)
        .getBytes(StandardCharsets.UTF_8);
  }

  private void start(Duration interval, long updateEvents) {
    EventSchema schema =
        new EventSchema(List.of("a"), "label", List.of("ok", "fraud"), null, "worth");
    EventsConfig config =
        new EventsConfig(
            "events",
            EventFormat.JSON,
            EventsConfig.Start.EARLIEST,
            schema,
            HOUR_MS,
            1 << 20,
            lost);
    read = new ReadEvents(config);
    InstantSource clock = Clock.fixed(Instant.ofEpochMilli(NOW_MS), ZoneOffset.UTC);
    CounterConfig counter =
        new CounterConfig(
            WeightFormula.of("balanced"), 10_000, halfLife, interval.toMillis(), updateEvents);
    driver =
        new TopologyTestDriver(
            CounterTopology.build(
                CounterSettings.of(config, counter)
                    .with(end)
                    .with(CounterSettings.offsets(firstOffset, logStart))
                    .with(clock)
                    .with(registry)
                    .settings()),
            DriverSettings.of("job.counter", folder),
            Instant.ofEpochMilli(NOW_MS));
    events =
        driver.createInputTopic("events", new ByteArraySerializer(), new ByteArraySerializer());
    snapshots =
        driver.createOutputTopic(
            "job.class-weights", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
