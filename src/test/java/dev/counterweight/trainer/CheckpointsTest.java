package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.StreamIdentity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {
  private static final ConsumerGroupMetadata MEMBER = new ConsumerGroupMetadata("any");
  private static final StreamIdentity SOURCE = new StreamIdentity("cluster-1", "topic-1");

  @TempDir Path folder;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong nowMs = new AtomicLong();
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNotAnnouncedDrivesOutNothing(boolean fenced) throws Exception {
    TrainerJob job = job().with("checkpoint.keep", "1");
    Checkpoints checkpoints = checkpoints(job);
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.train(TrainerJob.batch(0));
      checkpoints.save(run, 1, SOURCE, MEMBER);
      Path announced = Path.of(Objects.requireNonNull(checkpoints.newest()));
      run.train(TrainerJob.batch(1));
      producer.commitTransactionException =
          fenced
              ? new ProducerFencedException("another took the lead")
              : new TransactionAbortableException("for a moment");

      assertThatThrownBy(() -> checkpoints.save(run, 2, SOURCE, MEMBER))
          .isInstanceOf(
              fenced ? Announcements.LeadLostException.class : Announcements.NotNowException.class);

      assertThat(CheckpointInspection.of(announced).whole()).isTrue();
      assertThat(checkpoints.newest()).isEqualTo(announced.toString());
    }
  }

  @Test
  void aModelThatNoStepWasMadeWithIsNeverDue() {
    TrainerJob job = job().with("checkpoint.interval", "60s").with("batch.size", "64");
    Checkpoints checkpoints = checkpoints(job);
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.train(TrainerJob.batch(0));
      nowMs.set(600_000);
      assertThat(run.steps()).isZero();
      assertThat(checkpoints.due(run)).isFalse();
      assertThat(checkpoints.unsaved(run)).isFalse();

      run.train(TrainerJob.batch(1));
      assertThat(run.steps()).isPositive();
      assertThat(checkpoints.due(run)).isTrue();
    }
  }

  @Test
  void recordsLeftOutAreSavedLikeRecordsTrainedOn() throws Exception {
    TrainerJob job = job().with("checkpoint.interval", "60s");
    Checkpoints checkpoints = checkpoints(job);
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.passOver(TrainerJob.batch(0), true);
      assertThat(checkpoints.unsaved(run)).as("no step was made").isFalse();
      run.train(TrainerJob.batch(1));
      checkpoints.save(run, 2, SOURCE, MEMBER);
      assertThat(checkpoints.unsaved(run)).isFalse();

      run.passOver(TrainerJob.batch(2), true);
      assertThat(checkpoints.unsaved(run)).isTrue();
      nowMs.addAndGet(60_000);
      assertThat(checkpoints.due(run)).isTrue();

      checkpoints.save(run, 3, SOURCE, MEMBER);
      assertThat(checkpoints.unsaved(run)).isFalse();
    }
  }

  @Test
  void whatTheBrokerDoesNotTakeIsNoFailureOfTheDisk() throws Exception {
    TrainerJob job = job();
    Checkpoints checkpoints = checkpoints(job);
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.train(TrainerJob.batch(0));
      producer.commitTransactionException = new TransactionAbortableException("for a moment");

      assertThatThrownBy(() -> checkpoints.save(run, 1, SOURCE, MEMBER))
          .isInstanceOf(Announcements.NotNowException.class);

      assertThat(failures("announcement")).isEqualTo(1);
      assertThat(failures("files")).isZero();
    }
  }

  @Test
  void aModelThatIsNotWorthKeepingIsCountedAndLookedAtEverMoreSeldom() {
    TrainerJob job = job().with("checkpoint.interval", "60s");
    Checkpoints checkpoints = checkpoints(job);
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.train(TrainerJob.batch(0));
      nowMs.set(60_000);
      assertThat(checkpoints.due(run)).isTrue();

      for (int i = 0; i < 3; i++) {
        checkpoints.putOff("tensor 'fc1.weight' has a value that is not a finite number");
        assertThat(checkpoints.due(run)).isFalse();
        nowMs.addAndGet((1000L << i) - 1);
        assertThat(checkpoints.due(run)).isFalse();
        nowMs.addAndGet(1);
        assertThat(checkpoints.due(run)).isTrue();
      }

      assertThat(failures("model")).isEqualTo(3);
      assertThat(checkpoints.failures()).isEqualTo(3);
    }
  }

  private TrainerJob job() {
    return new TrainerJob("localhost:1", "j", folder);
  }

  private double failures(String stage) {
    return meters.get("counterweight.checkpoint.failures").tag("stage", stage).counter().count();
  }

  /** A wall clock may be set back by hours; it stands still here. */
  @Test
  void whenACheckpointIsDueDoesNotHangOnTheWallClock() throws Exception {
    TrainerJob job = job().with("checkpoint.interval", "60s");
    Checkpoints checkpoints = checkpoints(job);
    try (TrainingRun run = new TrainingRun(job.config())) {
      run.train(TrainerJob.batch(0));
      nowMs.set(59_999);
      assertThat(checkpoints.due(run)).isFalse();
      nowMs.set(60_000);
      assertThat(checkpoints.due(run)).isTrue();

      producer.commitTransactionException = new TransactionAbortableException("for a moment");
      assertThatThrownBy(() -> checkpoints.save(run, 1, SOURCE, MEMBER))
          .isInstanceOf(Announcements.NotNowException.class);

      assertThat(checkpoints.due(run)).isFalse();
      nowMs.addAndGet(300_000);
      assertThat(checkpoints.due(run)).isTrue();
    }
  }

  private Checkpoints checkpoints(TrainerJob job) {
    JobConfig config = job.config();
    Clock stopped = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    return new Checkpoints(
        config,
        new CheckpointFolder(folder, "j", "host-1"),
        new Announcements(job.clients(), config.topics(), producer),
        new TrainerMeters(meters, "j", config.events().schema(), stopped),
        stopped,
        new Ticker(() -> TimeUnit.MILLISECONDS.toNanos(nowMs.get())));
  }
}
