package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.RoleView;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training does not stop because a checkpoint cannot be written. */
@Timeout(120)
class CheckpointTroubleIT {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @TempDir Path folder;

  /** What can go wrong with the place of the checkpoints, and be mended. */
  private interface Trouble {
    void begin(Path checkpoints) throws Exception;

    void end(Path checkpoints) throws Exception;
  }

  @Test
  void anUnreachableFolderIsTriedAgainUntilItIsBack() throws Exception {
    Path aside = folder.resolve("aside");
    goesOnThrough(
        folder.resolve("a"),
        new Trouble() {
          @Override
          public void begin(Path checkpoints) throws IOException {
            Files.move(checkpoints, aside);
            Files.writeString(checkpoints, "a file where the folder was");
          }

          @Override
          public void end(Path checkpoints) throws IOException {
            Files.delete(checkpoints);
            Files.move(aside, checkpoints);
          }
        });
  }

  @Test
  void aFullDiskIsTriedAgainUntilThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.toString()) == 0,
        "needs the right to mount a small file system");
    try {
      goesOnThrough(
          disk.resolve("checkpoints"),
          new Trouble() {
            @Override
            public void begin(Path checkpoints) throws Exception {
              // A full file system of its own; dd ends with an error once it is.
              run("dd", "if=/dev/zero", "of=" + disk.resolve("filler"), "bs=4k");
              assertThat(Files.getFileStore(disk).getUsableSpace()).isZero();
            }

            @Override
            public void end(Path checkpoints) throws IOException {
              Files.delete(disk.resolve("filler"));
            }
          });
    } finally {
      run("umount", disk.toString());
    }
  }

  @Test
  void aBrokerThatDoesNotAnswerLeavesTheTrainerStandingBy() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a")).with("kafka.max.block.ms", "0");
    TrainerRole trainer =
        new TrainerRole(job.config(), job.clients(), meters, Clock.systemUTC(), false);
    RoleRunner runner = new RoleRunner(List.of(trainer));
    RoleView role = runner.roles().get(0);
    runner.start();
    // No answer is waited for at all, so every attempt to take the lead fails.
    for (int attempt = 0; attempt < 2; attempt++) {
      await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> detail(role).startsWith("taking"));
      await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> detail(role).startsWith("stand"));
    }
    assertThat(runner.failure()).isNull();
    runner.drain();
    runner.await();
    assertThat(runner.failure()).isNull();
  }

  private static String detail(RoleView role) {
    return role.status().detail();
  }

  private void goesOnThrough(Path checkpoints, Trouble trouble) throws Exception {
    TrainerJob job = TrainerJob.create(checkpoints);
    job.with("schedule", "warm-up").with("schedule.warmup.steps", "1000");
    TrainerRole trainer =
        new TrainerRole(job.config(), job.clients(), meters, Clock.systemUTC(), false);
    RoleRunner runner = new RoleRunner(List.of(trainer));
    RoleView role = runner.roles().get(0);
    runner.start();
    job.send(0, 10);
    await().until(() -> !job.announcements().isEmpty() && position() == 10);
    Announcement before = job.newest();
    List<String> kept = names(checkpoints);

    trouble.begin(checkpoints);
    job.send(10, 30);
    await().until(() -> position() == 30 && failures() >= 2);
    assertThat(runner.failure()).isNull();
    assertThat(role.status().detail()).contains("checkpoints failed in a row: ");
    assertThat(job.newest()).isEqualTo(before);

    trouble.end(checkpoints);
    assertThat(names(checkpoints)).isEqualTo(kept);
    await().until(() -> job.newest().batchOffset() == 30);
    assertThat(role.status().detail()).doesNotContain("failed");
    assertThat(meters.get("counterweight.learning.rate").gauge().value())
        .isCloseTo(0.03 * (job.newest().step() + 1) / 1000, within(1e-9));
    runner.drain();
    runner.await();
    assertThat(runner.failure()).isNull();
  }

  private double position() {
    return meters.get("counterweight.batch.position").gauge().value();
  }

  private double failures() {
    return meters.get("counterweight.checkpoint.failures").tag("stage", "files").counter().count();
  }

  private static List<String> names(Path path) throws IOException {
    try (var children = Files.list(path)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  private static int run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
