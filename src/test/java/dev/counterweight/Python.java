package dev.counterweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A Python that has numpy or PyTorch, for checks by a reader that is not this project. */
public final class Python {
  private Python() {}

  /** What a command came to; {@code output} has one byte a char. */
  public record Outcome(int code, String output) {
    public byte[] bytes() {
      return output.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Runs a script and demands that it succeeds; without numpy the test is skipped, but not in CI.
   */
  public static Outcome run(String... arguments) throws IOException, InterruptedException {
    return runWith("numpy", arguments);
  }

  /** As {@link #run}, with a Python that has {@code library}. */
  public static Outcome runWith(String library, String... arguments)
      throws IOException, InterruptedException {
    Optional<String> python = having(library);
    if (python.isEmpty() && "true".equals(System.getenv("CI"))) {
      fail("neither python3 nor /usr/bin/python3 has " + library + ": .ci/run installs it");
    }
    assumeTrue(python.isPresent(), "needs python3 with " + library);
    List<String> command = new ArrayList<>(List.of(python.orElseThrow()));
    command.addAll(List.of(arguments));
    Outcome outcome = execute(command);
    assertThat(outcome.code()).as(outcome.output()).isZero();
    return outcome;
  }

  private static Optional<String> having(String library) throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        if (execute(List.of(python, "-c", "import " + library)).code() == 0) {
          return Optional.of(python);
        }
      } catch (IOException e) {
        continue; // not installed
      }
    }
    return Optional.empty();
  }

  private static Outcome execute(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), new String(output, StandardCharsets.ISO_8859_1));
  }
}
