package dev.counterweight.trainer;

import static dev.counterweight.trainer.TrainerRuns.deleteBefore;
import static dev.counterweight.trainer.TrainerRuns.drainAfter;
import static dev.counterweight.trainer.TrainerRuns.failureOf;
import static dev.counterweight.trainer.TrainerRuns.runToEnd;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a trainer goes on from, and what it refuses to. */
@Timeout(120)
class TrainerCheckpointIT {
  private static final int ALL_STEPS = TrainerJob.RECORDS * TrainerJob.ROWS / 32;

  @TempDir Path folder;

  @Test
  void aModelThatDivergesStopsTheTrainerAndLeavesTheLastGoodCheckpoint() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.with("checkpoint.every.steps", "1").with("checkpoint.keep", "1").with("optimizer", "sgd");
    job.send(0, 10);
    drainAfter(job, 10);
    Announcement good = job.newest();
    job.send(10, TrainerJob.RECORDS);

    job.with("learning.rate", "1e38").with("gradient.clip", "0");

    assertThat(failureOf(job))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("offset ")
        .hasMessageContaining("steps in a row, the newest after step");
    assertThat(job.newest().checkpoint()).isEqualTo(good.checkpoint());
    assertThat(CheckpointInspection.of(Path.of(good.folder())).whole()).isTrue();
    job.with("learning.rate", "0.03").with("gradient.clip", "1");
    assertThat(runToEnd(job)).containsEntry("steps", (long) ALL_STEPS);
  }

  @Test
  void whatAJobBeginsWithIsReadWhileItHasNoCheckpoint() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, 10);

    job.with("trainer.initial", folder.resolve("nowhere").toString());
    assertThat(failureOf(job)).isInstanceOf(FailureException.class).hasMessageContaining("nowhere");
    assertThat(job.announcements()).isEmpty();
    TrainerJob other = TrainerJob.create(folder.resolve("b"));
    other.send(0, 5);
    drainAfter(other, 5);
    job.with("trainer.initial", other.newest().folder());
    drainAfter(job, 10);
    job.with("trainer.initial", folder.resolve("nowhere").toString());
    job.send(10, TrainerJob.RECORDS);
    assertThat(runToEnd(job)).containsEntry("steps", (long) ALL_STEPS);
  }

  @Test
  void aCheckpointOfAnotherSchemaIsRefusedWithTheDifference() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, TrainerJob.RECORDS);
    runToEnd(job);

    job.with("events.classes", "a,c,b");
    assertThat(failureOf(job))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("events.classes=a,b,c (schema ")
        .hasMessageContaining("events.classes=a,c,b (schema ");

    job.with("events.classes", "a,b,c").with("model.hidden", "8").with("model.activation", "tanh");
    assertThat(failureOf(job))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("model.hidden was [16, 8] and is [8]")
        .hasMessageContaining("model.activation was relu and is tanh");
  }

  @Test
  void recordsOfAnotherTopicAreRefused() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, 10);
    drainAfter(job, 10);
    job.send(10, TrainerJob.RECORDS, "topic-2");

    assertThat(failureOf(job))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("topic-1")
        .hasMessageContaining("topic-2")
        .hasMessageContaining("--stop-at-end");
    assertThat(job.newest().batchOffset()).isEqualTo(10);
  }

  @Test
  void anUnreachableCheckpointIsNoReasonToStartOver() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a")).with("checkpoint.inline.max", "none");
    job.send(0, TrainerJob.RECORDS);
    runToEnd(job);

    job.with("checkpoint.dir", folder.resolve("b").toString());

    assertThat(failureOf(job))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("checkpoint.dir=" + folder.resolve("b"))
        .hasMessageContaining("does not start over");
  }

  @Test
  void aCheckpointThatItsAnnouncementCarriesNeedsNoSharedFolder() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.with("checkpoint.inline.max", "640 KiB").with("checkpoint.every.steps", "1000");
    job.send(0, 10);
    drainAfter(job, 10);
    assertThat(job.newest().inline()).hasSize(4);
    job.send(10, TrainerJob.RECORDS);

    job.with("checkpoint.dir", folder.resolve("b").toString());

    assertThat(runToEnd(job)).containsEntry("steps", (long) ALL_STEPS);
    assertThat(job.newest().earlier().get(0).name()).isEqualTo("step-000000000011-host-1");
  }

  @Test
  void retentionThatOvertookTheCheckpointNamesWhatWasLost() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, 10);
    drainAfter(job, 10);
    job.send(10, TrainerJob.RECORDS);
    deleteBefore(job.config().topics().batches(), 12);

    assertThat(failureOf(job))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("batch records 10 to 11")
        .hasMessageContaining("events.lost=continue");
    job.with("events.lost", "continue");
    assertThat(runToEnd(job)).containsKey("checkpoint");
  }
}
