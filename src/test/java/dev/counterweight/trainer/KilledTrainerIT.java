package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointManifest.FileEntry;
import dev.counterweight.cli.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A trainer killed anywhere leaves the bytes of one that was never interrupted, at every step. Run
 * with {@code -Dcounterweight.kills=10} for ten kills in a row; each waits out a session timeout.
 */
@Timeout(600)
class KilledTrainerIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 1);
  private static final int CHUNK = (TrainerJob.RECORDS - 1) / KILLS;

  /** What a crash or a bad disk may do to the newest checkpoint. */
  enum Damage {
    NONE {
      @Override
      byte[] to(byte[] bytes) {
        return bytes;
      }
    },
    TRUNCATED {
      @Override
      byte[] to(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length / 2);
      }
    },
    ONE_BYTE_FLIPPED {
      @Override
      byte[] to(byte[] bytes) {
        byte[] flipped = bytes.clone();
        flipped[bytes.length / 2] ^= 4;
        return flipped;
      }
    };

    abstract byte[] to(byte[] bytes);
  }

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Damage.class)
  void everyCommonStepHasTheBytesOfARunThatWasNeverInterrupted(Damage damage) throws Exception {
    TrainerJob straight = job("straight");
    straight.send(0, TrainerJob.RECORDS);
    TrainerRuns.runToEnd(straight);

    TrainerJob killed = job("killed");
    SplittableRandom random = new SplittableRandom();
    for (int kill = 0; kill < KILLS; kill++) {
      killAtRandom(killed, kill * CHUNK, random);
    }
    Path newest = Path.of(killed.newest().folder());
    Path file = newest.resolve("state.safetensors");
    Files.write(file, damage.to(Files.readAllBytes(file)));
    killed.send(KILLS * CHUNK, TrainerJob.RECORDS);
    TrainerRuns.runToEnd(killed);

    SortedMap<Long, Map<String, FileEntry>> wanted = checkpoints(straight);
    SortedMap<Long, Map<String, FileEntry>> found = checkpoints(killed);
    found.keySet().retainAll(wanted.keySet());
    assertThat(found).hasSizeGreaterThan(TrainerJob.RECORDS / 2);
    assertThat(found.lastKey()).isEqualTo(wanted.lastKey());
    found.forEach(
        (step, files) -> assertThat(files).as("step %d", step).isEqualTo(wanted.get(step)));
    System.out.printf(
        "MEASURED %d kills, newest checkpoint %s: %d steps compared, equal%n",
        KILLS, damage, found.size());
  }

  /** Starts a trainer, sends it records and kills it somewhere on the way. */
  private static void killAtRandom(TrainerJob job, int from, SplittableRandom random)
      throws Exception {
    try (ChildJvm child = TrainerJob.Child.start(job)) {
      job.send(from, from + CHUNK);
      int announced = random.nextInt(CHUNK);
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(1 + random.nextInt(30)))
          .until(() -> newestOffset(job) > from + announced);
      assertThat(child.running()).isTrue();
    }
  }

  private TrainerJob job(String name) throws IOException {
    return TrainerJob.create(Files.createDirectory(folder.resolve(name)).resolve("checkpoints"))
        .with("checkpoint.every.steps", "1")
        .with("checkpoint.inline.max", "none")
        .with("checkpoint.keep", "1000")
        .with("events.recent.labels", "true")
        .with("model.forest", "5")
        .with("instance.id", name);
  }

  private static long newestOffset(TrainerJob job) {
    List<Announcement> all = job.announcements();
    return all.isEmpty() ? -1 : all.get(all.size() - 1).batchOffset();
  }

  /** {step: what its files must be}, of every checkpoint on disk, each of them whole. */
  private static SortedMap<Long, Map<String, FileEntry>> checkpoints(TrainerJob job)
      throws IOException {
    SortedMap<Long, Map<String, FileEntry>> all = new TreeMap<>();
    try (Stream<Path> paths = Files.list(job.config().trainer().checkpoints().dir())) {
      for (Path path : paths.filter(p -> p.getFileName().toString().startsWith("step-")).toList()) {
        CheckpointInspection look = CheckpointInspection.of(path);
        assertThat(look.problems()).as(path.toString()).isEmpty();
        CheckpointManifest manifest = look.manifest();
        Map<String, FileEntry> before = all.put(manifest.position().step(), manifest.files());
        assertThat(before == null || before.equals(manifest.files())).as(path.toString()).isTrue();
      }
    }
    return all;
  }
}
