package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunClassPathTest {
  private static final Path CLASSES = Path.of("target", "classes");

  @Test
  void aRunNeedsNoKafkaServerAndNoScala() throws IOException {
    List<String> jars =
        List.of(
            Files.readString(Path.of("target", "classpath.txt")).trim().split(File.pathSeparator));

    assertThat(jars).anyMatch(jar -> jar.contains("kafka-streams"));
    assertThat(jars).noneMatch(jar -> jar.contains("scala") || jar.contains("kafka_2.13"));
    assertThat(jars).noneMatch(jar -> jar.contains("kafka-server") || jar.contains("kafka-raft"));
  }

  @Test
  void withoutABrokerTheDemoSaysWhereItRuns() throws Exception {
    String classPath =
        CLASSES + File.pathSeparator + Files.readString(Path.of("target", "classpath.txt")).trim();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                "dev.counterweight.cli.Main",
                "demo")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isEqualTo(2);
    assertThat(output).contains("run ./counterweight demo in a clone of the project");
  }
}
