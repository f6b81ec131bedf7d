package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalIT {
  @TempDir Path dir;

  @Test
  void listsTheClassesOfAllRolesThatStart() throws Exception {
    Path list = dir.resolve("needed.lst");
    Path output = dir.resolve("output");
    Process rehearsal =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:DumpLoadedClassList=" + list,
                "-cp",
                System.getProperty("java.class.path"),
                Rehearsal.class.getName(),
                dir.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    // It ends by itself after two minutes.
    assertThat(rehearsal.waitFor(180, TimeUnit.SECONDS)).isTrue();

    assertThat(rehearsal.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(list))
        .contains(
            "dev/counterweight/counter/PartitionCounter ",
            "dev/counterweight/sampler/EventSampler ",
            "dev/counterweight/trainer/TrainerLoop ",
            "dev/counterweight/scorer/Loading ");
  }
}
