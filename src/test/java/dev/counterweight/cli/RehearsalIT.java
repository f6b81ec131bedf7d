package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalIT {
  @TempDir Path dir;

  @Test
  void listsTheClassesOfAllRolesThatStart() throws Exception {
    Path list = dir.resolve("needed.lst");

    Process rehearsal = start("-XX:DumpLoadedClassList=" + list, Map.of());

    // It ends by itself after two minutes.
    assertThat(rehearsal.waitFor(180, TimeUnit.SECONDS)).isTrue();
    assertThat(rehearsal.exitValue()).as(Files.readString(output())).isZero();
    assertThat(Files.readString(list))
        .contains(
            "dev/counterweight/counter/PartitionCounter ",
            "dev/counterweight/sampler/EventSampler ",
            "dev/counterweight/trainer/TrainerLoop ",
            "dev/counterweight/scorer/Loading ");
  }

  @Test
  void doesNotBeginUnderTheSettingsOfAJob() throws Exception {
    Path checkpoints = dir.resolve("of-the-user");

    Process rehearsal =
        start("-XX:+UseSerialGC", Map.of("COUNTERWEIGHT_CHECKPOINT_DIR", checkpoints.toString()));

    assertThat(rehearsal.waitFor(180, TimeUnit.SECONDS)).isTrue();
    assertThat(rehearsal.exitValue()).isEqualTo(2);
    assertThat(Files.readString(output()))
        .isEqualToIgnoringNewLines(
            "error: a rehearsal takes no settings, and there are [COUNTERWEIGHT_CHECKPOINT_DIR]");
    assertThat(checkpoints).doesNotExist();
    assertThat(dir.resolve("job.properties")).doesNotExist();
  }

  private Path output() {
    return dir.resolve("output");
  }

  private Process start(String option, Map<String, String> settings) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                option,
                "-cp",
                System.getProperty("java.class.path"),
                Rehearsal.class.getName(),
                dir.toString())
            .redirectErrorStream(true)
            .redirectOutput(output().toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("COUNTERWEIGHT_"));
    builder.environment().putAll(settings);
    return builder.start();
  }
}
