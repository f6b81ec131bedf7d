package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.StreamIdentity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule is broken where a checkpoint is written, or in what is read back. */
class CheckpointRulesTest {
  private static final StreamIdentity SOURCE = new StreamIdentity("cluster-1", "topic-1");
  private static final Clock STOPPED = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  @TempDir Path folder;
  private JobConfig config = new TrainerJob("localhost:1", "unset", Path.of("unused")).config();

  @BeforeEach
  void configure() {
    config = new TrainerJob("localhost:1", "any", folder).config();
  }

  @Test
  void nothingIsWrittenThatFallsBehindTheCheckpointBefore() throws Exception {
    Checkpoints checkpoints = checkpoints();
    try (TrainingRun run = new TrainingRun(config);
        TrainingRun behind = new TrainingRun(config)) {
      run.train(TrainerJob.batch(0));
      run.train(TrainerJob.batch(1));
      behind.train(TrainerJob.batch(0));
      save(checkpoints, run, 7);

      assertRefused(checkpoints, run, 6)
          .hasMessageStartingWith(
              "the batch offset never falls against the checkpoint before:"
                  + " expected 7 or more, found 6; ");
      assertRefused(checkpoints, behind, 7)
          .hasMessageStartingWith(
              "the step never falls against the checkpoint before:"
                  + " expected 2 or more, found 1; ");
      behind.train(covering(TrainerJob.batch(1)));
      assertRefused(checkpoints, behind, 7)
          .hasMessageStartingWith("what is covered of partition 0 never falls")
          .hasMessageContaining("expected 200 or more, found 100; ");
      save(checkpoints, run, 7);
    }
    assertThat(written()).hasSize(2);
  }

  @Test
  void nothingIsWrittenWhosePriorsAreNoDistribution() throws Exception {
    Checkpoints checkpoints = checkpoints();
    try (TrainingRun run = new TrainingRun(config)) {
      MiniBatch batch = TrainerJob.batch(0);
      batch.prior()[0] -= 1e-5f;
      run.train(batch);
      assertRefused(checkpoints, run, 1)
          .hasMessageMatching("priors add up: expected 1 within 1\\.0E-6, found 0\\.99998\\d+; .*");
    }
    assertThat(written()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"priors\" : \\{\\s+\"a\" : [0-9.]+','\"priors\" : {\"a\" : 0.8',priors add up",
    "'\"priors\" : \\{\\s+\"a\" : [0-9.]+','\"priors\" : {\"a\" : -0.1',the prior of class 'a'",
    "'\"class_weights\" : \\{\\s+\"a\" : [0-9.]+','\"class_weights\" : {\"a\" : -1',the weight of",
    "'\"weights\" : \\{\\s+\"a\" : [0-9.]+','\"weights\" : {\"a\" : -1',the divisor of class 'a'",
    "'\"decision_weights\" : \\{\\s+\"a\" : [0-9.]+','\"decision_weights\" : {\"a\" : -1',the"
        + " decision weight",
    "'\"mixture\" : \\[ [0-9.]+','\"mixture\" : [ 0.9',candidates' shares add up",
    "'\"mixture\" : \\[ [0-9.]+','\"mixture\" : [ -0.1',a candidate's share",
    "'\"temperature\" : [0-9.]+','\"temperature\" : 0.0',the calibrator's temperature",
    "'\"temperature\" : [0-9.]+','\"temperature\" : 3.5',a checkpoint's temperature is told alike",
    "'\"step\" : 1','\"step\" : 2',a checkpoint's step is told alike",
    "'\"0\" : 100,?','\"0\" : 101',a checkpoint's spans is told alike",
  })
  void nothingIsReadWhoseDescriptionBreaksARuleOrItsTensors(
      String told, String changed, String rule) throws Exception {
    assertNotReadIf(told, changed, rule);
  }

  @ParameterizedTest
  @CsvSource({
    "temperature\" : [0-9.]+,temperature\" : -1.0,the temperature of recent labels",
    "biases\" : \\{\\s+\"a\",biases\" : {\"d\",recent labels have a bias for each class",
    "biases\" : \\{\\s+\"a\" : [-0-9.E]+,biases\" : {\"a\" : \"NaN\",the bias of recent labels of"
        + " class",
  })
  void nothingIsReadWhoseRecentLabelsCannotBeServedBy(String told, String changed, String rule)
      throws Exception {
    config =
        new TrainerJob("localhost:1", "any", folder).with("events.recent.labels", "true").config();
    String before = "(\"recent\" : \\{[^}]*)\"";

    assertNotReadIf(before + told, "$1\"" + changed, rule);
  }

  private void assertNotReadIf(String told, String changed, String rule) throws Exception {
    StoredCheckpoint whole = stored();
    Path json = Path.of(whole.location()).resolve("checkpoint.json");
    String text = Files.readString(json);
    String other = text.replaceFirst(told, changed);
    assertThat(other).isNotEqualTo(text);
    Files.writeString(json, other);
    StoredCheckpoint read = store().read(new Announcement.Ref(whole.ref().name(), sha256(other)));

    assertNotLoaded(Announcement.of(read, List.of(), 0), rule);
  }

  /** Serving divides by it, and gives the class 0. */
  @Test
  void theDivisorOfAClassThatHasFadedToNextToNothingMayBeInfinite() throws Exception {
    StoredCheckpoint whole = stored();
    Path json = Path.of(whole.location()).resolve("checkpoint.json");
    String text = Files.readString(json);
    String other =
        text.replaceFirst(
            "\"weights\" : \\{\\s+\"a\" : [0-9.]+", "\"weights\" : {\"a\" : \"Infinity\"");
    assertThat(other).isNotEqualTo(text);
    Files.writeString(json, other);
    StoredCheckpoint read = store().read(new Announcement.Ref(whole.ref().name(), sha256(other)));

    try (TrainingRun run = new TrainingRun(config)) {
      assertThat(load(run, Announcement.of(read, List.of(), 0))).isPresent();
    }
  }

  @Test
  void nothingIsReadThatWasAnnouncedAsAnother() throws IOException {
    StoredCheckpoint whole = stored();
    long step = whole.manifest().position().step();
    assertNotLoaded(announced(whole, step + 1, 5), "step is told alike: expected 2, found 1; ");
    assertNotLoaded(announced(whole, step, 4), "batch offset is told alike: expected 4, found 5;");
    try (TrainingRun run = new TrainingRun(config)) {
      assertThat(load(run, announced(whole, step, 5))).isPresent();
    }
  }

  private void assertNotLoaded(Announcement announcement, String rule) {
    try (TrainingRun run = new TrainingRun(config)) {
      assertThatThrownBy(() -> load(run, announcement))
          .isInstanceOf(InvariantException.class)
          .hasMessageContaining(rule);
    }
  }

  private java.util.Optional<StoredCheckpoint> load(TrainingRun run, Announcement announcement) {
    return Checkpoints.load(config, store(), new Announced(List.of(announcement)), run);
  }

  private static Announcement announced(StoredCheckpoint of, long step, long batchOffset) {
    return new Announcement(
        of.ref(),
        step,
        batchOffset,
        of.manifest().metrics(),
        of.location(),
        List.of(),
        Collections.emptySortedMap());
  }

  /** Of one record and step, at batch offset 5. */
  private StoredCheckpoint stored() throws IOException {
    try (TrainingRun run = new TrainingRun(config)) {
      run.train(TrainerJob.recent(TrainerJob.batch(0)));
      return store()
          .write(
              new CheckpointDescription(config, STOPPED).manifest(run, 5, SOURCE, "a", null),
              run.files());
    }
  }

  private org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      Checkpoints checkpoints, TrainingRun run, long batchOffset) {
    return assertThatThrownBy(() -> save(checkpoints, run, batchOffset))
        .isInstanceOf(InvariantException.class);
  }

  private static void save(Checkpoints checkpoints, TrainingRun run, long batchOffset)
      throws Exception {
    checkpoints.save(run, batchOffset, SOURCE, new ConsumerGroupMetadata("any"));
  }

  private Checkpoints checkpoints() {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder);
    return new Checkpoints(
        config,
        store(),
        new Announcements(
            job.clients(),
            config.topics(),
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer())),
        new TrainerMeters(new SimpleMeterRegistry(), "any", config.events().schema(), STOPPED),
        STOPPED,
        new Ticker(() -> 0));
  }

  private CheckpointFolder store() {
    return new CheckpointFolder(folder, "any", "host-1");
  }

  private List<Path> written() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  /** The same draws in a record that covers nothing. */
  private static MiniBatch covering(MiniBatch batch) {
    return Batches.with(
        batch,
        TrainerJob.again(batch.draws()),
        Batches.NO_ROWS,
        new MiniBatch.Origin(
            "any",
            1,
            new java.util.TreeMap<>(),
            new java.util.TreeMap<>(),
            0,
            1,
            new StreamIdentity("cluster-1", "topic-1"),
            null));
  }

  private static String sha256(String text) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes("UTF-8")));
  }
}
