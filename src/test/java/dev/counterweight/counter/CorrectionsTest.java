package dev.counterweight.counter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.SchemaConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.ReceivedRecord;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.streams.DriverSettings;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the joiner writes, counted: events, and events that come again with another class. */
@SuppressWarnings("NullAway.Init") // set by start, which every test calls first
class CorrectionsTest {
  private static final long NOW_MS = 1_700_000_000_000L;
  private static final int HOUR_MS = 3_600_000;
  private static final List<String> CLASSES = List.of("ok", "fraud", "theft");
  private static final String TOPIC = "job.labelled";

  private record Event(int label, long timeMs, double worth) {}

  @TempDir Path folder;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EventPacker packer = new EventPacker(TOPIC, 0);
  private final List<Event> events = new ArrayList<>();
  private long offset;
  private ReadEvents read;
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> snapshots;

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  @Test
  void everySnapshotIsARecountOfTheLabelsInForce() {
    start(HalfLife.NONE, true);
    Random random = new Random(19);

    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 25; i++) {
        step(random, 20 * HOUR_MS);
      }
      ClassCounts counts = newest().counts();
      assertThat(counts.events()).isEqualTo(recount(HalfLife.NONE).events());
      assertThat(counts.n()).isEqualTo(recount(HalfLife.NONE).n());
    }
    assertThat(count("counterweight.events.counted")).isEqualTo(events.size());
    assertThat(count("counterweight.events.corrected")).isEqualTo(offset - events.size());
    assertThat(count("counterweight.corrections.unmatched")).isZero();
  }

  @Test
  void decayedCountsAreARecountOfTheLabelsInForceToo() {
    HalfLife hour = new HalfLife(HalfLife.Unit.MILLISECONDS, HOUR_MS);
    start(hour, true);
    Random random = new Random(20);

    for (int i = 0; i < 1_000; i++) {
      step(random, 10 * HOUR_MS);
    }

    Snapshot snapshot = newest();
    ClassCounts expected = recount(hour);
    for (int c = 0; c < CLASSES.size(); c++) {
      assertThat(snapshot.counts().n(c)).isCloseTo(expected.n(c), within(1e-9 * expected.n(c)));
      assertThat(snapshot.counts().weighted(c))
          .isCloseTo(expected.weighted(c), within(1e-9 * expected.weighted(c)));
    }
  }

  @Test
  void aCorrectionOfWhatIsNotCountedHereTakesNothingAway() {
    start(HalfLife.NONE, true);
    pipe(new Event(0, NOW_MS, 1), null);
    pipe(new Event(2, NOW_MS, 1), "fraud");

    assertThat(newest().counts().events()).containsExactly(1, 0, 1);
    assertThat(count("counterweight.corrections.unmatched")).isEqualTo(1);
    assertThat(count("counterweight.events.corrected")).isZero();
    assertThat(count("counterweight.events.counted")).isEqualTo(2);
  }

  @Test
  void aCorrectionLeavesTheCoverOneAhead() {
    start(HalfLife.NONE, true);
    pipe(new Event(0, NOW_MS, 1), null);
    pipe(new Event(1, NOW_MS, 1), "ok");

    Snapshot snapshot = newest();
    assertThat(snapshot.offsets().covered()).containsEntry(0, 2L);
    assertThat(snapshot.counts().events()).containsExactly(0, 1, 0);
    assertThat(snapshot.counts().n()).containsExactly(0, 1, 0);
  }

  @Test
  void whereLabelsAreTheEventsOwnSuchAHeaderMeansNothing() {
    start(HalfLife.NONE, false);
    pipe(new Event(0, NOW_MS, 1), null);
    pipe(new Event(1, NOW_MS, 1), "ok");
    pipe(new Event(1, NOW_MS, 1), "no class at all");

    assertThat(newest().counts().events()).containsExactly(1, 2, 0);
    assertThat(count("counterweight.events.counted")).isEqualTo(3);
    assertThat(count("counterweight.events.corrected")).isZero();
  }

  /** The joiner writes names of classes only: nothing right can be counted from then on. */
  @Test
  void aCorrectionOfNoClassEndsTheCounterWithTheRule() {
    start(HalfLife.NONE, true);

    assertThatThrownBy(() -> pipe(new Event(1, NOW_MS, 1), "maybe"))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("header 'cw.replaces' of an event of class 'fraud'")
        .hasMessageContaining("one of ok, fraud, theft, found 'maybe'");
    assertThatThrownBy(() -> pipe(new Event(1, NOW_MS, 1), "fraud"))
        .isInstanceOf(InvariantException.class);
  }

  /** An event, or the correction of one that came before; importance is the event's own. */
  private void step(Random random, int reachMs) {
    if (events.isEmpty() || random.nextInt(4) > 0) {
      Event event =
          new Event(
              random.nextInt(20) == 0 ? 1 + random.nextInt(2) : 0,
              NOW_MS - random.nextInt(reachMs),
              0.5 + random.nextInt(4));
      events.add(event);
      pipe(event, null);
    } else {
      int which = random.nextInt(events.size());
      Event before = events.get(which);
      int label = (before.label() + 1 + random.nextInt(CLASSES.size() - 1)) % CLASSES.size();
      Event after = new Event(label, before.timeMs(), before.worth());
      events.set(which, after);
      pipe(after, CLASSES.get(before.label()));
    }
  }

  private ClassCounts recount(HalfLife halfLife) {
    DecayedCounts again = new DecayedCounts(halfLife, CLASSES.size());
    events.forEach(event -> again.add(event.label(), event.worth(), event.timeMs()));
    return again.at(newestMs());
  }

  private long newestMs() {
    return events.stream().mapToLong(Event::timeMs).max().orElseThrow();
  }

  private double count(String meter) {
    return registry.counter(meter, "training_job", "job").count();
  }

  private Snapshot newest() {
    driver.advanceWallClockTime(Duration.ofSeconds(2));
    driver.advanceWallClockTime(Duration.ofSeconds(2));
    List<byte[]> all = snapshots.readValuesToList();
    assertThat(all).isNotEmpty();
    return SnapshotJson.read(all.get(all.size() - 1));
  }

  private void pipe(Event event, @Nullable String replaces) {
    byte[] value = "{\"a\":1,\"worth\":%s}".formatted(event.worth()).getBytes(UTF_8);
    RecordHeaders headers = new RecordHeaders();
    put(headers, LabelledHeaders.LABEL, CLASSES.get(event.label()));
    put(headers, LabelledHeaders.EVENT_TIME, Long.toString(event.timeMs()));
    if (replaces != null) {
      put(headers, LabelledHeaders.REPLACES, replaces);
    }
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    ConsumerRecord<byte[], byte[]> one =
        ReceivedRecord.of(partition, offset, NOW_MS, null, value, headers);
    List<ConsumerRecord<byte[], byte[]>> seen = read.of(List.of(one));
    offset++;
    packer
        .pack(new ConsumerRecords<>(Map.of(partition, seen), Map.of()), p -> false)
        .forEach(chunk -> input.pipeInput(null, chunk.value(), chunk.timestamp()));
  }

  private static void put(RecordHeaders headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }

  private void start(HalfLife halfLife, boolean labelled) {
    EventSchema schema =
        new EventSchema(
            List.of("a"),
            "header:" + LabelledHeaders.LABEL,
            CLASSES,
            "header:" + LabelledHeaders.EVENT_TIME,
            "worth");
    EventsConfig config =
        new EventsConfig(
            TOPIC,
            EventFormat.JSON,
            EventsConfig.Start.EARLIEST,
            schema,
            HOUR_MS,
            1 << 20,
            EventsConfig.Lost.FAIL,
            SchemaConfig.NONE,
            labelled,
            false);
    read = new ReadEvents(config);
    Instant now = Instant.ofEpochMilli(NOW_MS);
    driver =
        new TopologyTestDriver(
            CounterTopology.build(
                CounterSettings.of(
                        config,
                        CounterSettings.balanced(halfLife, Duration.ofSeconds(1), 1_000_000))
                    .with(Clock.fixed(now, ZoneOffset.UTC))
                    .with(registry)
                    .settings()),
            DriverSettings.of("job.counter", folder),
            now);
    input = driver.createInputTopic(TOPIC, new ByteArraySerializer(), new ByteArraySerializer());
    snapshots =
        driver.createOutputTopic(
            "job.class-weights", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
