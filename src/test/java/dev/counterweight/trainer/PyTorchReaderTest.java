package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Python of docs/checkpoint.md and of the README, word for word, gives our scores. */
class PyTorchReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"relu", "gelu"})
  void plainPyTorchGivesTheSameLogits(String activation) throws Exception {
    requireSameLogits(
        Map.of("model.activation", activation),
        firstPythonOf("docs/checkpoint.md")
            + """

            score = load(sys.argv[1])
            rows = numpy.array(json.loads(Path(sys.argv[2]).read_text())).reshape(-1, 4)
            print(json.dumps(score(rows).flatten().tolist()))
            """);
  }

  /** The document's three parts one below the other, called as it says. */
  @Test
  void theDocumentsPythonTakenTogetherServesRows() throws Exception {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder);
    try (TrainingRun run = new TrainingRun(job.config())) {
      for (int i = 0; i < TrainerJob.RECORDS; i++) {
        run.train(TrainerJob.batch(i));
      }
      CheckpointManifest manifest =
          new CheckpointDescription(job.config(), Clock.systemUTC())
              .manifest(run, 2, new StreamIdentity("c", "t"), "a", null);
      StoredCheckpoint stored =
          new CheckpointFolder(folder, "any", "a").write(manifest, run.files());
      String page = Files.readString(Path.of("docs/checkpoint.md"));
      StringBuilder script = new StringBuilder();
      String[] parts = page.split("```python\n", -1);
      for (int i = 1; i < parts.length; i++) {
        script.append(parts[i], 0, parts[i].indexOf("```")).append('\n');
      }
      Path file = Files.writeString(folder.resolve("serve.py"), script);
      String rows = "[[60, 20, 20, 20], [20, 60, 20, 20]]";

      Outcome outcome = run(List.of(pythonWithTorch(), file.toString(), stored.location(), rows));

      assertThat(outcome.code()).as(outcome.output()).isZero();
      List<String> lines =
          outcome.output().lines().filter(line -> line.startsWith("{\"decision")).toList();
      assertThat(lines).hasSize(2);
      assertThat(new ObjectMapper().readTree(lines.get(0)).path("decision").asText())
          .isEqualTo("a");
      assertThat(new ObjectMapper().readTree(lines.get(1)).path("decision").asText())
          .isEqualTo("b");
      assertThat(new ObjectMapper().readTree(lines.get(1)).path("probabilities")).hasSize(3);
    }
  }

  /** By what the README says of its names alone, and the clipping. */
  @Test
  void theReadmesReaderUnderstandsAModel() throws Exception {
    requireSameLogits(
        Map.of("model.quantiles", "0"),
        firstPythonOf("README.md")
            + """

            import sys, torch
            tensors, _ = read(open(sys.argv[1] + "/model.safetensors", "rb").read())
            mean, std = tensors.pop("normalizer.mean"), tensors.pop("normalizer.std")
            (h, f), (g, _), (k, _) = [tensors[f"{n}.weight"].shape for n in (0, 2, 4)]
            model = torch.nn.Sequential(torch.nn.Linear(f, h), torch.nn.ReLU(),
                torch.nn.Linear(h, g), torch.nn.ReLU(), torch.nn.Linear(g, k))
            model.load_state_dict({name: torch.tensor(t) for name, t in tensors.items()})
            rows = np.array(json.load(open(sys.argv[2]))).reshape(-1, f)
            z = np.clip((rows - mean) / std, -10, 10)
            print(json.dumps(model(torch.tensor(z, dtype=torch.float32)).flatten().tolist()))
            """);
  }

  /** Each Python that the pages print is run, by the tests that name its place. */
  @Test
  void noPageHasPythonThatNoTestRuns() throws IOException {
    Map<String, Long> found = new TreeMap<>();
    try (Stream<Path> pages = Stream.concat(Files.list(Path.of("docs")), Files.list(Path.of("")))) {
      for (Path page : pages.filter(p -> p.toString().endsWith(".md")).toList()) {
        long blocks = Files.readString(page).split("```python\n", -1).length - 1L;
        if (blocks > 0) {
          found.put(page.toString(), blocks);
        }
      }
    }

    assertThat(found).isEqualTo(Map.of("README.md", 1L, "docs/checkpoint.md", 3L));
  }

  /**
   * @param script prints the logits of the rows in the file of its second argument, by the
   *     checkpoint of its first
   */
  private void requireSameLogits(Map<String, String> settings, String script) throws Exception {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder);
    settings.forEach(job::with);
    try (TrainingRun run = new TrainingRun(job.config())) {
      for (int i = 0; i < TrainerJob.RECORDS; i++) {
        run.train(TrainerJob.batch(i));
      }
      CheckpointManifest manifest =
          new CheckpointDescription(job.config(), Clock.systemUTC())
              .manifest(run, 2, new StreamIdentity("c", "t"), "a", null);
      StoredCheckpoint stored =
          new CheckpointFolder(folder, "any", "a").write(manifest, run.files());
      float[] features = features();

      float[] theirs = logits(script, Path.of(stored.location()), features);

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

  private float[] logits(String script, Path checkpoint, float[] features) throws Exception {
    Path rows = folder.resolve("rows.json");
    new ObjectMapper().writeValue(rows.toFile(), features);
    Path file = Files.writeString(folder.resolve("score.py"), script);
    Outcome outcome =
        run(List.of(pythonWithTorch(), file.toString(), checkpoint.toString(), rows.toString()));
    assertThat(outcome.code()).as(outcome.output()).isZero();
    // Warnings of PyTorch's come before.
    String last = outcome.output().strip().lines().reduce("", (before, line) -> line);
    return new ObjectMapper().readValue(last, float[].class);
  }

  private static String firstPythonOf(String document) throws IOException {
    String page = Files.readString(Path.of(document));
    int start = page.indexOf("```python\n") + "```python\n".length();
    return page.substring(start, page.indexOf("```", start));
  }

  /** Skips the test without one, but not in CI. */
  private static String pythonWithTorch() throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        if (run(List.of(python, "-c", "import torch")).code() == 0) {
          return python;
        }
      } catch (IOException e) {
        continue; // not installed
      }
    }
    if ("true".equals(System.getenv("CI"))) {
      fail("neither python3 nor /usr/bin/python3 has torch: .ci/run installs it");
    }
    return abort("needs python3 with torch");
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
