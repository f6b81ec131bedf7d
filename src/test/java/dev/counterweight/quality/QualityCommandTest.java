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
      Pattern.compile("java -cp \\S+\\(cat (\\S+)\\) \\\\\\n.*Quality --data DIR.*--output \\S+");

  @TempDir Path folder;

  @Test
  void whatContributingSaysRunsAsTyped() throws Exception {
    Matcher command = COMMAND.matcher(Files.readString(Path.of("CONTRIBUTING.md")));
    assertThat(command.find()).isTrue();
    assumeTrue(
        Files.exists(Path.of(command.group(1))) || "true".equals(System.getenv("CI")),
        command.group(1) + " is written by mvn test-compile");
    writeData();
    String typed =
        command.group().replace("DIR", folder.toString()).replace("target/quality", "" + folder)
            + " --without-broker --seeds 1 --rows 600";

    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder("sh", "-c", typed)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    assertThat(folder.resolve("quality.json")).exists();
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
