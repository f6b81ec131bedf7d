package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.streams.DriverSettings;
import dev.counterweight.streams.FixedOffsets;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/** The scorer's topology without a broker, one partition, by models that {@link #take} puts in. */
final class ScoringRig implements AutoCloseable {
  static final Instant AT = Instant.ofEpochMilli(1_800_000_000_000L);
  private static final String EVENTS = "payments";

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final OwnScores own = new OwnScores();
  final MadeCheckpoints made;
  final JobConfig config;
  private final Freshness freshness = new Freshness();
  private final TopologyTestDriver driver;
  private final ScorerIntake intake;
  private final TestInputTopic<byte[], byte[]> events;
  private final TestOutputTopic<byte[], byte[]> scores;
  private final TestOutputTopic<byte[], byte[]> letters;
  private final Models models = new Models();

  ScoringRig(Path folder, Map<String, String> more) {
    this(folder, more, OptionalLong.empty(), 0);
  }

  /**
   * @param committed by the group, before
   * @param logStart where the topic begins
   */
  ScoringRig(Path folder, Map<String, String> more, OptionalLong committed, long logStart) {
    this.config = config(folder, more);
    this.made = new MadeCheckpoints(folder.resolve("checkpoints"), "fraud");
    take(1);
    ScorerSettings settings =
        new ScorerSettings(
            config.topics(),
            Objects.requireNonNull(config.scorer().events()),
            models,
            WriterSchemas.NONE,
            config.scorer().reasons(),
            2_000,
            true,
            freshness,
            new FixedOffsets(committed, false, logStart, true),
            own,
            new RefusedRecords("fraud.dead-letters", 200_000, new ByteRate(0), () -> AT),
            new ScorerMeters(registry, "fraud", config.events().schema().classes()));
    this.driver =
        new TopologyTestDriver(
            ScorerTopology.build(settings),
            DriverSettings.of("fraud.scorer", folder.resolve("state")),
            AT);
    this.intake =
        new ScorerIntake(settings.events(), WriterSchemas.NONE, new PollBudget(Long.MAX_VALUE));
    ByteArraySerializer bytes = new ByteArraySerializer();
    this.events = driver.createInputTopic(EVENTS, bytes, bytes);
    ByteArrayDeserializer read = new ByteArrayDeserializer();
    this.scores = driver.createOutputTopic("fraud.scores", read, read);
    this.letters = driver.createOutputTopic("fraud.dead-letters", read, read);
  }

  private static JobConfig config(Path folder, Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("job", "fraud");
    all.put("bootstrap.servers", "localhost:9092");
    all.put("events.topic", EVENTS);
    all.put("events.label", "label");
    all.put("events.classes", "ok,fraud");
    all.put("events.features", "amount");
    all.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    all.putAll(more);
    return JobConfigLoader.load(all);
  }

  /** A model of this step answers from now on. */
  ServedModel take(long step) {
    return take(made.announce(step));
  }

  /** The announced model answers from now on. */
  ServedModel take(Announcement announcement) {
    try {
      ServedModel taken = ServedCheckpoint.of(made.reader().readServed(announcement.checkpoint()));
      models.swap(taken, 0);
      return taken;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void send(@Nullable String key, @Nullable String value) {
    send(
        key == null ? null : key.getBytes(UTF_8),
        value == null ? null : value.getBytes(UTF_8),
        new RecordHeaders());
  }

  /** A record as the consumer would take it in. */
  void send(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
    byte @Nullable [] keptKey =
        intake.keys().deserialize(EVENTS, headers, key == null ? null : ByteBuffer.wrap(key));
    byte @Nullable [] held =
        intake.values().deserialize(EVENTS, headers, value == null ? null : ByteBuffer.wrap(value));
    events.pipeInput(new TestRecord<>(keptKey, held, headers, AT));
  }

  List<ServedScore> scores() {
    return records().stream().map(record -> ServedScore.parse(record.value())).toList();
  }

  List<TestRecord<byte[], byte[]>> records() {
    return scores.readRecordsToList();
  }

  List<TestRecord<byte[], byte[]>> letters() {
    return letters.readRecordsToList();
  }

  int noted() {
    return freshness.noted(0);
  }

  double counted(ScorerMetric metric, String tag, String value) {
    return registry.get(metric.declaration().name()).tag(tag, value).counter().count();
  }

  @Override
  public void close() {
    driver.close();
  }
}
