package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class QualityCommandTest {
  private static final Pattern COMMAND =
      Pattern.compile("java -cp .*\\\\\\n.*Quality --data DIR.*--output \\S+");

  private static final String TEST_JARS = "target/test-classpath.txt";
  private static final String SHIPPED_JARS = "target/classpath.txt";

  @TempDir Path folder;

  @Test
  void whatContributingSaysRunsAsTyped() throws Exception {
    String typed = documented();
    assumeTrue(
        Files.exists(Path.of(TEST_JARS)) || "true".equals(System.getenv("CI")),
        TEST_JARS + " is written by mvn test-compile");
    writeData();

    assertThat(run(typed)).as(log()).isZero();
    assertThat(folder.resolve("quality.json")).exists();
    assertThat(folder.resolve("made.svg")).exists();
    assertThat(log()).contains("made, job x1", "made, natural x1", "flipped, job x1");
  }

  @Test
  void withTheJarsThatShipAloneItSaysWhichClassPathItNeeds() throws Exception {
    assumeTrue(Files.exists(Path.of(SHIPPED_JARS)), SHIPPED_JARS + " is written by mvn compile");
    writeData();

    assertThat(run(documented().replace(TEST_JARS, SHIPPED_JARS))).as(log()).isEqualTo(1);
    assertThat(log()).contains("TopologyTestDriver is on no class path: " + TEST_JARS);
  }

  /** The command that CONTRIBUTING has, of few events, to and from this test's folder. */
  private String documented() throws IOException {
    Matcher command = COMMAND.matcher(Files.readString(Path.of("CONTRIBUTING.md")));
    assertThat(command.find()).isTrue();
    return command.group().replace("DIR", folder.toString()).replace("target/quality", "" + folder)
        + " --seeds 1 --rows 600";
  }

  private int run(String typed) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-c", typed)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue();
  }

  private String log() throws IOException {
    Path log = folder.resolve("log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  private void writeData() throws IOException {
    StringBuilder rows = new StringBuilder("a,b,label\n");
    for (int i = 0; i < 600; i++) {
      rows.append(i % 7).append(',').append(i % 5).append(i % 7 == 0 ? ",yes\n" : ",no\n");
    }
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("made.csv.gz")))) {
      out.write(rows.toString().getBytes(UTF_8));
    }
  }
}
