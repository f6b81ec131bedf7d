package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalIT {
  @TempDir Path dir;

  @Test
  void listsTheClassesOfAllRolesThatStartAsJavaCanArchiveThem() throws Exception {
    Path list = dir.resolve("needed.lst");

    Process rehearsal = rehearse("-XX:DumpLoadedClassList=" + list, Map.of());

    // It ends by itself after two minutes.
    assertThat(rehearsal.waitFor(180, TimeUnit.SECONDS)).isTrue();
    assertThat(rehearsal.exitValue()).as(Files.readString(output())).isZero();
    assertThat(Files.readString(list))
        .contains(
            "dev/counterweight/counter/PartitionCounter ",
            "dev/counterweight/sampler/EventSampler ",
            "dev/counterweight/trainer/TrainerLoop ",
            "dev/counterweight/scorer/Loading ");
    assertCanBeArchived(list);
  }

  // As the launcher does; Java 17 crashes over some lists.
  private void assertCanBeArchived(Path list) throws Exception {
    Path archive = dir.resolve("start.jsa");
    Process dump =
        start(
            List.of(
                "-Xshare:dump",
                "-XX:SharedClassListFile=" + list,
                "-XX:SharedArchiveFile=" + archive,
                "-XX:ErrorFile=" + dir.resolve("crash.log"),
                "-cp",
                jars()),
            Map.of());

    assertThat(dump.waitFor(180, TimeUnit.SECONDS)).isTrue();
    assertThat(dump.exitValue()).as(Files.readString(output())).isZero();
    assertThat(archive).isNotEmptyFile();
  }

  // Java archives nothing of folders.
  private String jars() throws Exception {
    Path jar = dir.resolve("classes.jar");
    ToolProvider.findFirst("jar")
        .orElseThrow()
        .run(System.out, System.err, "-c", "-0", "-f", jar.toString(), "-C", "target/classes", ".");
    return Stream.concat(
            Stream.of(jar.toString()),
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> path.endsWith(".jar")))
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void doesNotBeginUnderTheSettingsOfAJob() throws Exception {
    Path checkpoints = dir.resolve("of-the-user");

    Process rehearsal =
        rehearse(
            "-XX:+UseSerialGC", Map.of("COUNTERWEIGHT_CHECKPOINT_DIR", checkpoints.toString()));

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

  private Process rehearse(String option, Map<String, String> settings) throws IOException {
    return start(
        List.of(
            option,
            "-cp",
            System.getProperty("java.class.path"),
            Rehearsal.class.getName(),
            dir.toString()),
        settings);
  }

  private Process start(List<String> arguments, Map<String, String> settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output().toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("COUNTERWEIGHT_"));
    builder.environment().putAll(settings);
    return builder.start();
  }
}
