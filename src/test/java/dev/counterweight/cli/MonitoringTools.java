package dev.counterweight.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Prometheus's programs, which Debian packages; CI has them, another machine may not. */
final class MonitoringTools {
  private MonitoringTools() {}

  /** What a program printed, both streams, and its exit code. */
  record Outcome(int code, String output) {}

  /** Skips the test where a program is missing, but never in CI. */
  static void require(String program) {
    boolean there =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    if (!there && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("no " + program + " on the PATH, which .ci/run installs");
    }
    assumeTrue(there, "no " + program + " on the PATH: apt-get install prometheus");
  }

  static Outcome promtool(Path folder, String input, String... args)
      throws IOException, InterruptedException {
    require("promtool");
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(args));
    Path in = Files.writeString(folder.resolve("promtool.in"), input);
    Path out = folder.resolve("promtool.out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .start();
    if (!process.waitFor(240, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " did not end");
    }
    return new Outcome(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
  }
}
