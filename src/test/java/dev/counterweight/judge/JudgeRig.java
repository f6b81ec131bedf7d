package dev.counterweight.judge;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.judging.Fate;
import dev.counterweight.judging.JudgingRules;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.streams.DriverSettings;
import dev.counterweight.streams.FixedOffsets;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.OwnReading;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.TopicEnds;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/** The judge's topology without a broker, one partition a topic, by a clock of its own. */
final class JudgeRig implements AutoCloseable {
  static final List<String> CLASSES = List.of("ok", "fraud");
  static final long HOLD_MS = 60_000;
  private static final long START_MS = 1_800_000_000_000L;
  private static final JobTopics NAMES = new JobTopics("fraud", "payments", 1, 1);

  final MeterRegistry registry = new SimpleMeterRegistry();
  final JudgeMeters metrics = new JudgeMeters(registry, "fraud", CLASSES);
  private final TopologyTestDriver driver;
  private final JudgeIntake intake;
  private final TestInputTopic<byte[], byte[]> scores;
  private final TestInputTopic<byte[], byte[]> labelled;
  private Instant now = Instant.ofEpochMilli(START_MS);
  private long sentLabels;
  private TopicEnds.@Nullable End end;

  JudgeRig(Path folder, boolean routed) {
    this(folder, routed, new StayingStore());
  }

  /**
   * @param store that it goes on from
   */
  JudgeRig(Path folder, boolean routed, StayingStore store) {
    this(folder, routed, store, CLASSES, FixedOffsets.NOTHING_COMMITTED, "scores-1");
  }

  /**
   * @param scoresId topic id of the scores
   */
  JudgeRig(
      Path folder,
      boolean routed,
      StayingStore store,
      List<String> classes,
      InputOffsets offsets,
      String scoresId) {
    PolledPositions polled = new PolledPositions();
    JudgeSettings settings =
        new JudgeSettings(
            NAMES,
            classes,
            new JudgingRules(HOLD_MS, 1_000),
            new TopicSetup.Identity(new StreamIdentity("cluster", scoresId), 1),
            new TopicSetup.Identity(new StreamIdentity("cluster", "labelled-1"), 1),
            routed,
            offsets,
            offsets,
            offsets,
            partition -> Optional.ofNullable(end),
            polled,
            new OwnReading(),
            classes.equals(CLASSES) ? metrics : new JudgeMeters(registry, "other", classes));
    this.driver =
        new TopologyTestDriver(
            JudgeTopology.build(settings, store.builder()),
            DriverSettings.of("fraud.judge", folder.resolve("state")),
            now);
    this.intake =
        new JudgeIntake(
            new JudgeReader(classes),
            NAMES.scores(),
            NAMES.labelled(),
            routed,
            new PollBudget(Long.MAX_VALUE),
            polled.share());
    ByteArraySerializer bytes = new ByteArraySerializer();
    this.scores = driver.createInputTopic(NAMES.scores(), bytes, bytes);
    this.labelled = driver.createInputTopic(NAMES.labelled(), bytes, bytes);
    driver.advanceWallClockTime(Duration.ofMillis(1));
  }

  /** An event was scored; it was decided as fraud from a half on. */
  void score(long offset, double fraud) {
    ServedScore score =
        new ServedScore(
            Map.of("ok", 1 - fraud, "fraud", fraud),
            fraud >= 0.5 ? "fraud" : "ok",
            null,
            1,
            "sha",
            "hash",
            new ServedScore.Place(0, offset),
            List.of());
    score(score.toJson());
  }

  void score(byte @Nullable [] value) {
    Headers headers = new RecordHeaders();
    byte[] read =
        intake
            .values()
            .deserialize(NAMES.scores(), headers, value == null ? null : ByteBuffer.wrap(value));
    scores.pipeInput(new TestRecord<>(null, read, headers, now));
  }

  /** An event got its label. */
  void label(long offset, String label) {
    label(offset, label, null);
  }

  /**
   * @param replaces the class that the event had before; null of its first
   */
  void label(long offset, String label, @Nullable String replaces) {
    Headers headers = new RecordHeaders();
    headers.add(LabelledHeaders.LABEL, label.getBytes(UTF_8));
    headers.add(LabelledHeaders.ORIGIN_PARTITION, "0".getBytes(UTF_8));
    headers.add(LabelledHeaders.ORIGIN_OFFSET, Long.toString(offset).getBytes(UTF_8));
    if (replaces != null) {
      headers.add(LabelledHeaders.REPLACES, replaces.getBytes(UTF_8));
    }
    byte[] read =
        intake
            .values()
            .deserialize(NAMES.labelled(), headers, ByteBuffer.wrap("event".getBytes(UTF_8)));
    labelled.pipeInput(new TestRecord<>(null, read, headers, now));
    sentLabels++;
  }

  /** The consumer passes an offset of the labelled events that no record has. */
  void passOffset() {
    labelled.pipeInput(new TestRecord<>(null, JudgeRecord.position(), new RecordHeaders(), now));
    sentLabels++;
  }

  /** Lets time pass, second by second, brokers saying where the labelled events end. */
  void pass(Duration time) {
    pass(time, 0);
  }

  /**
   * @param unread labelled events that are in the topic and not read yet; -1 if no broker answers
   */
  void pass(Duration time, long unread) {
    Instant until = now.plus(time);
    while (now.isBefore(until)) {
      Duration left = Duration.between(now, until);
      Duration step = left.compareTo(Duration.ofSeconds(1)) < 0 ? left : Duration.ofSeconds(1);
      now = now.plus(step);
      if (unread >= 0) {
        end = new TopicEnds.End(sentLabels + unread, now.toEpochMilli());
      }
      driver.advanceWallClockTime(step);
    }
  }

  long of(Fate fate) {
    pass(Duration.ofSeconds(2), -1);
    return metrics.of(fate);
  }

  @Override
  public void close() {
    driver.close();
  }

  /** How many rows the store has beside those that tell how far the task is. */
  long rows() {
    long rows = 0;
    try (KeyValueIterator<Bytes, byte[]> all =
        driver.<Bytes, byte[]>getKeyValueStore(JudgeTopology.STORE).all()) {
      while (all.hasNext()) {
        byte part = all.next().key.get()[0];
        rows += part == JudgeTopology.ANSWERS || part == JudgeTopology.TRUTHS ? 1 : 0;
      }
    }
    return rows;
  }
}
