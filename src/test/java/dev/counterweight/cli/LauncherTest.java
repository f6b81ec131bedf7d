package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir Path folder;

  @Test
  void aJavaThatIsTooOldIsNamedWithTheRule() throws Exception {
    Path java = folder.resolve("bin/java");
    Files.createDirectories(folder.resolve("bin"));
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();

    Outcome outcome = launch(folder);

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output())
        .isEqualTo("error: " + java + " is Java 11: Java 17 or later is needed\n");
  }

  @Test
  void aJavaHomeWithoutJavaIsNamed() throws Exception {
    Outcome outcome = launch(folder);

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output()).contains("JAVA_HOME=" + folder + " has no bin/java");
  }

  private static Outcome launch(Path javaHome) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of("sh", "./counterweight", "config")).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", javaHome.toString());
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Outcome(
        process.exitValue(),
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  private record Outcome(int code, String output) {}
}
