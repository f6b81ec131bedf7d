package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.joining.Fact;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.streams.DriverSettings;
import dev.counterweight.streams.FixedOffsets;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.TopicEnds;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * The joiner's topology without a broker, one partition a side, by a clock of its own: events are
 * {"x":1,"t":TIME}, labels {"label":CLASS,"t":TIME}, joined on the records' keys.
 */
final class JoinRig implements AutoCloseable {
  static final long START_MS = 1_800_000_000_000L;
  private static final String EVENTS = "payments";
  private static final String LABELS = "chargebacks";

  final MeterRegistry registry = new SimpleMeterRegistry();
  final OwnJoins own = new OwnJoins();
  private final LabelsConfig labels;
  private final TopologyTestDriver driver;
  private final SideIntake intake;
  private final Map<Side, TestInputTopic<byte[], byte[]>> inputs = new HashMap<>();
  private final Map<Side, Long> sent = new HashMap<>();
  private final Map<Side, Long> more = new HashMap<>();
  private final Map<TopicPartition, TopicEnds.End> ends = new HashMap<>();
  private final TestOutputTopic<byte[], byte[]> labelled;
  private final TestOutputTopic<byte[], byte[]> letters;
  private long looks;
  private Instant now = Instant.ofEpochMilli(START_MS);

  JoinRig(Path folder, Map<String, String> more) {
    this(folder, more, FixedOffsets.NOTHING_COMMITTED, "events-1");
  }

  /**
   * @param eventsId topic id of the events
   */
  JoinRig(Path folder, Map<String, String> more, InputOffsets offsets, String eventsId) {
    JobConfig config = config(folder, more);
    this.labels = Objects.requireNonNull(config.labels());
    InstantSource clock = () -> now;
    JoinerMeters metrics =
        new JoinerMeters(registry, "fraud", labels.waitMs() + labels.graceMs(), clock);
    PolledPositions polled = new PolledPositions();
    Routing routing = Routing.of(labels, 1, 1);
    JoinSettings settings =
        new JoinSettings(
            config.topics(),
            labels,
            new Sides<>(
                new TopicSetup.Identity(new StreamIdentity("cluster", eventsId), 1),
                new TopicSetup.Identity(new StreamIdentity("cluster", "labels-1"), 1)),
            Sides.of(side -> offsets),
            routing,
            Sides.of(side -> offsets),
            this::newest,
            polled,
            Ending.NONE,
            own,
            new RefusedRecords("fraud.dead-letters", 10_000, new ByteRate(0), clock),
            metrics);
    this.driver =
        new TopologyTestDriver(
            JoinerTopology.build(settings, 1 << 20),
            DriverSettings.of("fraud.joiner", folder.resolve("state")),
            now);
    this.intake =
        new SideIntake(
            labels,
            5_000,
            Set.of(),
            WriterSchemas.NONE,
            new PollBudget(Long.MAX_VALUE),
            polled.share());
    ByteArraySerializer bytes = new ByteArraySerializer();
    inputs.put(Side.EVENTS, driver.createInputTopic(EVENTS, bytes, bytes));
    inputs.put(Side.LABELS, driver.createInputTopic(LABELS, bytes, bytes));
    ByteArrayDeserializer read = new ByteArrayDeserializer();
    this.labelled = driver.createOutputTopic("fraud.labelled", read, read);
    this.letters = driver.createOutputTopic("fraud.dead-letters", read, read);
    driver.advanceWallClockTime(Duration.ofMillis(1));
  }

  static JobConfig config(Path folder, Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("job", "fraud");
    all.put("bootstrap.servers", "localhost:9092");
    all.put("events.topic", EVENTS);
    all.put("events.classes", "ok,fraud,dispute");
    all.put("events.features", "x");
    all.put("events.time", "t");
    all.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    all.put("labels.topic", LABELS);
    all.put("labels.label", "label");
    all.put("labels.time", "t");
    all.put("labels.wait", "1h");
    all.put("labels.state.dir", folder.resolve("state").toString());
    all.putAll(more);
    all.values().removeIf(String::isEmpty);
    return JobConfigLoader.load(all);
  }

  private Optional<TopicEnds.End> newest(TopicPartition partition) {
    looks++;
    return Optional.ofNullable(ends.get(partition));
  }

  /** How often the task has looked at what is over. */
  long looks() {
    return looks;
  }

  /** An event of a key, its time so long after the start. */
  void event(String key, long afterMs) {
    send(Side.EVENTS, key, "{\"x\":1,\"t\":%d}".formatted(START_MS + afterMs), new RecordHeaders());
  }

  void label(String key, String label, long afterMs) {
    String value = "{\"label\":\"%s\",\"t\":%d}".formatted(label, START_MS + afterMs);
    send(Side.LABELS, key, value, new RecordHeaders());
  }

  void send(Side side, @Nullable String key, @Nullable String value, Headers headers) {
    send(
        side,
        key == null ? null : key.getBytes(UTF_8),
        value == null ? null : value.getBytes(UTF_8),
        headers);
  }

  /** A record as the consumer would take it in. */
  void send(Side side, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
    String topic = side == Side.EVENTS ? EVENTS : LABELS;
    byte @Nullable [] keptKey =
        intake.keys().deserialize(topic, headers, key == null ? null : ByteBuffer.wrap(key));
    byte @Nullable [] read =
        intake.values().deserialize(topic, headers, value == null ? null : ByteBuffer.wrap(value));
    Objects.requireNonNull(inputs.get(side))
        .pipeInput(new TestRecord<>(keptKey, read, headers, now));
    sent.merge(side, 1L, Long::sum);
  }

  /** A broker says now that both topics end where they were sent to. */
  void endsAreKnown() {
    endIsKnown(Side.EVENTS);
    endIsKnown(Side.LABELS);
  }

  void endIsKnown(Side side) {
    String topic = side == Side.EVENTS ? EVENTS : LABELS;
    ends.put(
        new TopicPartition(topic, 0),
        new TopicEnds.End(
            sent.getOrDefault(side, 0L) + more.getOrDefault(side, 0L), now.toEpochMilli()));
  }

  /** The topic ends so many offsets behind what was sent. */
  void holdsMore(Side side, long offsets) {
    more.put(side, offsets);
  }

  /** The consumer passes an offset that no record has. */
  void passOffset(Side side) {
    Objects.requireNonNull(inputs.get(side)).pipeInput(null, SideRecord.position(), now);
    sent.merge(side, 1L, Long::sum);
    more.remove(side);
  }

  /** Lets time pass, second by second, brokers that answer saying where the topics end. */
  void pass(Duration time) {
    pass(time, true);
  }

  void pass(Duration time, boolean answers) {
    Instant until = now.plus(time);
    while (now.isBefore(until)) {
      Duration left = Duration.between(now, until);
      Duration step = left.compareTo(Duration.ofSeconds(1)) < 0 ? left : Duration.ofSeconds(1);
      now = now.plus(step);
      if (answers) {
        endsAreKnown();
      }
      driver.advanceWallClockTime(step);
    }
  }

  /** What was written since, as KEY:CLASS:WAITED_MS, and what it replaces. */
  List<String> written() {
    return labelled.readRecordsToList().stream().map(JoinRig::shown).toList();
  }

  List<TestRecord<byte[], byte[]>> records() {
    return labelled.readRecordsToList();
  }

  List<TestRecord<byte[], byte[]>> letters() {
    return letters.readRecordsToList();
  }

  private static String shown(TestRecord<byte[], byte[]> record) {
    String replaces = header(record, LabelledHeaders.REPLACES);
    return new String(record.key(), UTF_8)
        + ":"
        + header(record, LabelledHeaders.LABEL)
        + ":"
        + header(record, LabelledHeaders.WAITED_MS)
        + (replaces == null ? "" : " was " + replaces);
  }

  static @Nullable String header(TestRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), UTF_8);
  }

  long fact(Fact fact) {
    pass(Duration.ofSeconds(2));
    return own.of(fact);
  }

  @Override
  public void close() {
    driver.close();
  }
}
