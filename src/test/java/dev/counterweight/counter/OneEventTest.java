package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventHead;
import dev.counterweight.weights.ClassCounts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No event decides the counts by itself, whatever its time, its importance or the clock. */
@SuppressWarnings("NullAway.Init") // set before each test
class OneEventTest {
  private static final long NOW_MS = 1_750_000_000_000L;
  private static final long HOUR_MS = 3_600_000;
  private static final long YEARS_MS = 6 * 8_766 * HOUR_MS;
  private static final int OK = 0;
  private static final int FRAUD = 1;

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock();
  private final JobConfig config = config(Map.of("counts.half.life", "1m"));
  private KeyValueStore<Integer, PartitionCounts> store;
  private PartitionCounter counter;
  private long offset;

  @BeforeEach
  void openTheTask() {
    MockProcessorContext<Integer, PartitionCounts> context =
        new MockProcessorContext<>(properties(), new TaskId(0, 0), folder.toFile());
    store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(PartitionCounter.STORE),
                Serdes.Integer(),
                PartitionCounts.serde())
            .withLoggingDisabled()
            .withCachingDisabled()
            .build();
    context.setCurrentSystemTimeMs(NOW_MS);
    store.init(context.getStateStoreContext(), store);
    context.addStateStore(store);
    counter =
        new PartitionCounter(
            CounterSettings.of(
                    config.events(),
                    CounterSettings.balanced(
                        config.counter().halfLife(), Duration.ofSeconds(1), 100))
                .with(clock)
                .settings(),
            context);
  }

  @Test
  void anEventDatedAheadCountsTwoOfNowAtMost() {
    count(1_000, OK, 1, NOW_MS);
    count(1, FRAUD, 1, NOW_MS + HOUR_MS);

    assertThat(counts().priors()[FRAUD]).isCloseTo(2 / 1_002.0, within(1e-9));

    count(5_000, OK, 1, NOW_MS + 1);
    assertThat(counts().priors()[FRAUD]).isLessThan(3 / 6_000.0);
  }

  @Test
  void anImportanceCountsAHundredOfItsClassAtMost() {
    count(1_000, OK, 1, NOW_MS);
    count(10, FRAUD, 2, NOW_MS);
    count(1, FRAUD, 1e30, NOW_MS);

    assertThat(counts().weighted(FRAUD)).isCloseTo(20 + 200, within(1e-6));
    assertThat(counts().events(FRAUD)).isEqualTo(11);
  }

  @Test
  void theFirstImportanceOfAClassCountsAHundredEventsAtMost() {
    count(1, OK, 1e30, NOW_MS);
    count(5_000, OK, 1, NOW_MS);

    assertThat(counts().weighted(OK)).isCloseTo(5_100, within(1e-6));
  }

  /** 0 says "ignore": such events are no measure of those that count. */
  @Test
  void importancesOfAFewEventsAmongIgnoredOnesCountInFull() {
    for (int i = 0; i < 200; i++) {
      count(499, FRAUD, 0, NOW_MS);
      count(1, FRAUD, 1, NOW_MS);
    }

    assertThat(counts().weighted(FRAUD)).isCloseTo(200, within(1e-9));
    assertThat(counts().n(FRAUD)).isCloseTo(100_000, within(1e-6));
  }

  @Test
  void importancesOfAnyScaleAreTakenAsTheyAreAfterAFew() {
    count(10_000, OK, 1e9, NOW_MS);

    assertThat(counts().weighted(OK)).isCloseTo(1e13, within(1e-3 * 1e13));
  }

  @Test
  void aClockSetBackByYearsNeitherStopsTheCountsNorForgetsThem() {
    count(1_000, OK, 1, NOW_MS);
    clock.nowMs = NOW_MS - YEARS_MS;
    count(1_000, FRAUD, 1, NOW_MS + 1);
    assertThat(counts().priors()[FRAUD]).isCloseTo(0.5, within(1e-3));

    clock.nowMs = NOW_MS;
    count(2_000, OK, 1, NOW_MS + 2);
    assertThat(counts().priors()[FRAUD]).isCloseTo(0.25, within(1e-3));
  }

  @Test
  void whatWasCountedByAClockYearsAheadDoesNotOutlastIt() {
    count(1_000, OK, 1, NOW_MS);
    clock.nowMs = NOW_MS + YEARS_MS;
    count(1, FRAUD, 1, NOW_MS + YEARS_MS);

    clock.nowMs = NOW_MS;
    count(100, OK, 1, NOW_MS);

    assertThat(counts().priors()[FRAUD]).isLessThan(0.02);
  }

  @Test
  void whatWasCountedByAClockYearsAheadFadesOnceItIsRight() {
    clock.nowMs = NOW_MS + YEARS_MS;
    count(1_000, FRAUD, 1, NOW_MS + YEARS_MS);

    clock.nowMs = NOW_MS;
    count(ClockVote.ENOUGH, OK, 1, NOW_MS);
    clock.nowMs = NOW_MS + HOUR_MS;
    count(1_000, OK, 1, NOW_MS + HOUR_MS);

    assertThat(counts().priors()[FRAUD]).isLessThan(1e-9);
  }

  @Test
  void oneOldEventWhileTheClockIsSetBackDoesNotForgetTheCounts() {
    count(1_000, OK, 1, NOW_MS);
    clock.nowMs = NOW_MS - YEARS_MS;
    count(1, FRAUD, 1, NOW_MS - YEARS_MS);
    count(999, FRAUD, 1, NOW_MS + 1);

    clock.nowMs = NOW_MS;
    count(2_000, OK, 1, NOW_MS + 2);

    assertThat(counts().priors()[FRAUD]).isCloseTo(0.25, within(1e-3));
  }

  private void count(int events, int label, double importance, long timeMs) {
    EventChunk chunk = EventChunk.forEvents(events);
    for (int i = 0; i < events; i++) {
      chunk.add(offset++, new EventHead(label, timeMs, importance));
    }
    counter.process(new Record<>(null, chunk.value(false), 0));
  }

  private ClassCounts counts() {
    var counts = Objects.requireNonNull(store.get(0)).counts();
    return counts.at(counts.asOfMs());
  }

  private static JobConfig config(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.putAll(
        Map.of(
            "job", "job",
            "bootstrap.servers", "unused:1",
            "events.topic", "events",
            "events.label", "label",
            "events.classes", "ok,fraud",
            "events.features", "a",
            "checkpoint.dir", "unused"));
    return JobConfigLoader.load(all);
  }

  private static Properties properties() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "job.counter");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    return properties;
  }

  private static final class SettableClock implements InstantSource {
    private long nowMs = NOW_MS;

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(nowMs);
    }
  }
}
