package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventSchema;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.simulation.MemoryStore;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.weights.HalfLife;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // set before each test
class PartitionCounterTest {
  @TempDir Path folder;

  private MockProcessorContext<Integer, PartitionCounts> context;

  @BeforeEach
  void openTheTask() {
    context = new MockProcessorContext<>(properties(), new TaskId(0, 0), folder.toFile());
    KeyValueStore<Integer, PartitionCounts> store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(PartitionCounter.STORE),
                Serdes.Integer(),
                PartitionCounts.serde())
            .withLoggingDisabled()
            .withCachingDisabled()
            .build();
    context.setCurrentSystemTimeMs(0);
    store.init(context.getStateStoreContext(), store);
    context.addStateStore(store);
  }

  /** Kafka Streams revives a corrupted task with the processor it had. */
  @Test
  void aRevivedCounterForwardsAgainWhatMayHaveBeenAborted() {
    var counter = counter();
    counter.init(context);
    context.scheduledPunctuators().get(0).getPunctuator().punctuate(0);
    assertThat(context.forwarded()).hasSize(1);

    assertThat(context.scheduledPunctuators().get(0).cancelled()).as("nothing to do").isTrue();

    counter.close();
    counter.init(context);

    context.scheduledPunctuators().get(1).getPunctuator().punctuate(0);
    assertThat(context.forwarded()).hasSize(2);
  }

  @Test
  void aClockSetBackDoesNotHoldUpWhatIsCounted() {
    long beforeMs = 3_600_000;
    context.setCurrentSystemTimeMs(beforeMs);
    var counter = counter();
    counter.init(context);
    alarm().getPunctuator().punctuate(beforeMs);
    context.resetForwards();
    counter.process(chunk(0));

    context.setCurrentSystemTimeMs(5_000);
    counter.process(chunk(1));

    assertThat(alarm().getInterval()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    alarm().getPunctuator().punctuate(6_000);
    assertThat(context.forwarded()).hasSize(1);
    assertThat(context.forwarded().get(0).record().value().next()).isEqualTo(2);
  }

  /** After an outage a store may be restored before the transaction of the offsets was complete. */
  @Test
  void eventsBetweenTheStateRestoredAndWhereReadingGoesOnAreNotLeftOut() {
    var counter = counter(true);
    counter.init(context);

    assertThatThrownBy(() -> counter.process(chunk(5)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("counts the events below offset 0, and reading goes on at 5");
    assertThat(context.forwarded()).isEmpty();
  }

  /** It would take the place of the newer row in the changelog, which is then lost for good. */
  @Test
  void aRowThatMayBeRestoredTooEarlyIsNotWrittenBeforeReadingGoesOn() {
    byte[] key = Serdes.Integer().serializer().serialize("", 0);
    byte[] row =
        PartitionCounts.serde()
            .serializer()
            .serialize("", PartitionCounts.startingAt(0, HalfLife.NONE, 2));
    var store =
        new MemoryStore<>(
            PartitionCounter.STORE,
            Serdes.Integer(),
            PartitionCounts.serde(),
            new TreeMap<>(Map.of(Bytes.wrap(key), row)));
    context.addStateStore(store);

    counter(true).init(context);

    assertThat(store.changes()).isEmpty();
  }

  @Test
  void offsetsWithoutEventsBeforeTheFirstAreMarkers() {
    var counter = counter(false);
    counter.init(context);

    counter.process(chunk(5));

    context.scheduledPunctuators().get(0).getPunctuator().punctuate(1_000);
    assertThat(context.forwarded().get(0).record().value().next()).isEqualTo(6);
  }

  @Test
  void aStoreWithoutCountsOfWhatIsCommittedWithThemIsRestoredAnew() {
    var counter = counter(CounterSettings.offsets(5, 0, false, true));

    assertThatThrownBy(() -> counter.init(context))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ends at offset 5");
  }

  private MockProcessorContext.CapturedPunctuator alarm() {
    return context.scheduledPunctuators().stream()
        .filter(punctuator -> !punctuator.cancelled())
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  /** One event, with another behind it. */
  @Test
  void anEventOfNoClassEndsTheCounterWithTheRule() {
    var counter = counter();
    counter.init(context);

    assertThatThrownBy(() -> counter.process(chunk(0, 7)))
        .isInstanceOf(InvariantException.class)
        .hasMessageMatching(
            "partition 0, offset 0: an event's label is the index of a class: expected 0 to \\d,"
                + " found 7;.*");
  }

  private static Record<byte[], byte[]> chunk(long offset) {
    return chunk(offset, 0);
  }

  private static Record<byte[], byte[]> chunk(long offset, int label) {
    EventChunk chunk = EventChunk.forEvents(1);
    chunk.add(offset, new EventHead(label, 0, 1));
    return new Record<>(null, chunk.value(false), 0);
  }

  private static TaskProcessor<byte[], byte[], Integer, PartitionCounts> counter() {
    return counter(false);
  }

  private static TaskProcessor<byte[], byte[], Integer, PartitionCounts> counter(
      boolean eventsInGaps) {
    return counter(CounterSettings.offsets(0, 0, eventsInGaps));
  }

  private static TaskProcessor<byte[], byte[], Integer, PartitionCounts> counter(
      InputOffsets offsets) {
    EventSchema schema = new EventSchema(List.of("a"), "label", List.of("ok", "fraud"), null, null);
    EventsConfig events =
        new EventsConfig(
            "events",
            EventFormat.JSON,
            EventsConfig.Start.EARLIEST,
            schema,
            0,
            1 << 20,
            EventsConfig.Lost.FAIL);
    CounterTopology.Settings settings =
        CounterSettings.of(
                events, CounterSettings.balanced(HalfLife.NONE, Duration.ofSeconds(1), 100))
            .with(offsets)
            .settings();
    return new TaskProcessor<>(task -> new PartitionCounter(settings, task));
  }

  private static Properties properties() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "job.counter");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    return properties;
  }
}
