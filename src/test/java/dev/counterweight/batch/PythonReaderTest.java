package dev.counterweight.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Python, word for word, on a record that we wrote. */
class PythonReaderTest {
  @TempDir Path folder;

  @Test
  void theReadmesReaderUnderstandsABatchRecord() throws Exception {
    Optional<String> python = pythonWithNumpy();
    if (python.isEmpty() && "true".equals(System.getenv("CI"))) {
      fail("neither python3 nor /usr/bin/python3 has numpy: .ci/run installs it");
    }
    assumeTrue(python.isPresent(), "needs python3 with numpy");
    Path record = folder.resolve("record.safetensors");
    Files.write(record, MiniBatchFormat.write(batch()));
    Path script = folder.resolve("read.py");
    Files.writeString(
        script,
        readmesReader()
            + """

            import sys
            t, meta = read(open(sys.argv[1], "rb").read())
            print(t["features"].tolist(), t["labels"].tolist(), t["loss_weight"].tolist())
            print(t["fresh"].tolist(), t["source_offset"].tolist(), t["uses"].tolist())
            print(json.loads(meta["spans"]), meta["job"])
            """);

    Outcome outcome = run(List.of(python.get(), script.toString(), record.toString()));

    assertThat(outcome.code()).as(outcome.output()).isZero();
    assertThat(outcome.output())
        .isEqualTo(
            """
            [[1.5, -2.0], [3.0, 4.0]] [1, 0] [0.25, 4.0]
            [1, 0] [7, 9007199254740993] [0.5, 64.0]
            {'0': [3, 9]} fraud
            """);
  }

  private static String readmesReader() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    int start = readme.indexOf("```python\n") + "```python\n".length();
    return readme.substring(start, readme.indexOf("```", start));
  }

  private static MiniBatch batch() {
    return new MiniBatch(
        new MiniBatch.Draws(
            new float[] {1.5f, -2, 3, 4},
            new long[] {1, 0},
            new float[] {0.25f, 4},
            new int[2],
            new long[] {7, 9_007_199_254_740_993L},
            new byte[] {1, 0}),
        new MiniBatch.EvaluationSlice(
            new float[0], new long[0], new float[0], new int[0], new long[0]),
        new float[] {0.9f, 0.1f},
        new float[] {1, 9},
        new float[] {0.5f, 64},
        new MiniBatch.Origin(
            "fraud", 1, new TreeMap<>(Map.of(0, new Span(3, 9))), new TreeMap<>(), 0, 1, "c", "t"));
  }

  private static Optional<String> pythonWithNumpy() throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        if (run(List.of(python, "-c", "import numpy")).code() == 0) {
          return Optional.of(python);
        }
      } catch (IOException e) {
        continue; // not installed
      }
    }
    return Optional.empty();
  }

  private static Outcome run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), output);
  }

  private record Outcome(int code, String output) {}
}
