package dev.counterweight.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs of the machine, run at the project's root. */
final class Programs {
  private Programs() {}

  record Outcome(int code, String out, String err) {}

  /** Whether a program is there and understands these arguments. */
  static boolean has(String... command) {
    try {
      return run(command).code() == 0;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Skips the test where what it needs is missing, but never in CI. */
  static void require(boolean there, String what) {
    if (!there && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("no " + what + ", which .ci/run sees to");
    }
    Assumptions.assumeTrue(there, "no " + what + " here");
  }

  static Outcome run(String... command) {
    return run(Map.of(), command);
  }

  /** Runs it with variables beside those of this process. */
  static Outcome run(Map<String, String> environment, String... command) {
    try {
      Path out = Files.createTempFile("out", "");
      Path err = Files.createTempFile("err", "");
      ProcessBuilder builder =
          new ProcessBuilder(List.of(command))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(List.of(command) + " did not end");
      }
      String said = Files.readString(out, StandardCharsets.UTF_8);
      String complained = Files.readString(err, StandardCharsets.UTF_8);
      Files.delete(out);
      Files.delete(err);
      return new Outcome(process.exitValue(), said, complained);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** After how many seconds a command that was told to end has ended. */
  static int drainS() throws ReflectiveOperationException {
    Field timeout =
        Class.forName("dev.counterweight.cli.Termination").getDeclaredField("DRAIN_TIMEOUT_S");
    timeout.setAccessible(true);
    return (int) timeout.getLong(null);
  }
}
