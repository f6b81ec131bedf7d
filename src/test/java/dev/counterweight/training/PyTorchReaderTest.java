package dev.counterweight.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Python of docs/checkpoint.md, word for word, gives our scores of raw features. */
class PyTorchReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"relu", "gelu"})
  void plainPyTorchGivesTheSameLogits(String activation) throws Exception {
    Optional<String> python = pythonWithTorch();
    if (python.isEmpty() && "true".equals(System.getenv("CI"))) {
      fail("neither python3 nor /usr/bin/python3 has torch: .ci/run installs it");
    }
    assumeTrue(python.isPresent(), "needs python3 with torch");
    TrainerJob job =
        new TrainerJob("localhost:1", "any", folder).with("model.activation", activation);
    try (TrainingRun run = new TrainingRun(job.config())) {
      for (int i = 0; i < TrainerJob.RECORDS; i++) {
        run.train(TrainerJob.batch(i));
      }
      CheckpointManifest manifest =
          new CheckpointDescription(job.config(), Clock.systemUTC())
              .manifest(run, 2, new CheckpointManifest.Source("c", "t"), "a", null);
      StoredCheckpoint stored =
          new CheckpointFolder(folder, "any", "a").write(manifest, run.files());
      float[] features = features();

      float[] theirs = logits(python.get(), Path.of(stored.location()), features);

      float[] ours = run.logits(features);
      assertThat(ours).hasSize(3 * features.length / 4);
      assertThat(theirs).hasSameSizeAs(ours);
      float largest = 0;
      for (int i = 0; i < ours.length; i++) {
        assertThat(theirs[i]).as("logit %d", i).isCloseTo(ours[i], within(1e-5f));
        largest = Math.max(largest, Math.abs(theirs[i] - ours[i]));
      }
      System.out.printf(
          "MEASURED %d logits in PyTorch, largest difference %.1e%n", ours.length, largest);
    }
  }

  /** Typical rows, and one so far out that it is clipped. */
  private static float[] features() {
    float[] rows = TrainerJob.batch(TrainerJob.RECORDS).draws().features();
    rows[0] = 1e6f;
    rows[5] = -1e6f;
    return rows;
  }

  private float[] logits(String python, Path checkpoint, float[] features) throws Exception {
    Path rows = folder.resolve("rows.json");
    new ObjectMapper().writeValue(rows.toFile(), features);
    Path script = folder.resolve("score.py");
    Files.writeString(
        script,
        documentsReader()
            + """

            score = load(sys.argv[1])
            rows = numpy.array(json.loads(Path(sys.argv[2]).read_text())).reshape(-1, 4)
            print(json.dumps(score(rows).flatten().tolist()))
            """);
    Outcome outcome =
        run(List.of(python, script.toString(), checkpoint.toString(), rows.toString()));
    assertThat(outcome.code()).as(outcome.output()).isZero();
    // Warnings of PyTorch's come before.
    String last = outcome.output().strip().lines().reduce("", (before, line) -> line);
    return new ObjectMapper().readValue(last, float[].class);
  }

  private static String documentsReader() throws IOException {
    String page = Files.readString(Path.of("docs/checkpoint.md"));
    int start = page.indexOf("```python\n") + "```python\n".length();
    return page.substring(start, page.indexOf("```", start));
  }

  private static Optional<String> pythonWithTorch() throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        if (run(List.of(python, "-c", "import torch")).code() == 0) {
          return Optional.of(python);
        }
      } catch (IOException e) {
        continue; // not installed
      }
    }
    return Optional.empty();
  }

  private static Outcome run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), output);
  }

  private record Outcome(int code, String output) {}
}
