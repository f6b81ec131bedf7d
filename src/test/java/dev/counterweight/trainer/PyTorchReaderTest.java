package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Python of docs/checkpoint.md and of the README, word for word, gives our scores. */
class PyTorchReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"relu, 1, 0", "gelu, 1, 0", "relu, '0.5,1', 0.9"})
  void plainPyTorchGivesTheSameLogits(String activation, String rates, String average)
      throws Exception {
    requireSameLogits(
        Map.of("model.activation", activation, "model.rates", rates, "model.average", average),
        firstPythonOf("docs/checkpoint.md")
            + """

            score = load(sys.argv[1])
            rows = numpy.array(json.loads(Path(sys.argv[2]).read_text())).reshape(-1, 4)
            print(json.dumps(score(rows).flatten().tolist()))
            """);
  }

  /** Types, missing rules, hash and embeddings, from events as they stand on the topic. */
  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear"})
  void declaredFeaturesGiveTheSameLogitsFromTheValuesOfEvents(String model) throws Exception {
    FeatureSchema layout =
        FeatureSchema.of(
            List.of("amount", "age", "score", "country", "code", "tags", "seen"),
            List.of(
                "number",
                "number(missing=mean)",
                "number(missing='7')",
                "category(buckets=50,width=5,seed=-3,missing=mean)",
                "category(buckets=1000,width=3,seed=9000000000,missing='none')",
                "categories(buckets=20,width=3,seed=3,items=3,missing=mean)",
                "time(zone=Europe/Zurich,missing=mean)"));
    TrainerJob job = new TrainerJob("localhost:1", "any", folder).with(layout);
    if (model.equals("linear")) {
      job.with("model", model).without("model.hidden");
    }
    try (TrainingRun run = new TrainingRun(job.config())) {
      TrainingRuns.train(run, i -> DeclaredFeatures.batch(i, layout), 0, TrainerJob.RECORDS);
      StoredCheckpoint stored = job.save(run);
      List<String> events = events();
      float[] rows = new float[events.size() * layout.columnCount()];
      EventDecoder decoder = job.config().events().decoder(WriterSchemas.NONE);
      for (int i = 0; i < events.size(); i++) {
        byte[] value = events.get(i).getBytes(StandardCharsets.UTF_8);
        decoder.features(RawEvent.of(value, 1), rows, i * layout.columnCount());
      }
      Files.writeString(folder.resolve("rows.json"), "[" + String.join(",", events) + "]");

      float[] theirs =
          logits(
              firstPythonOf("docs/checkpoint.md")
                  + """

                  score = load(sys.argv[1])
                  rows = json.loads(Path(sys.argv[2]).read_text())
                  print(json.dumps(score(rows).flatten().tolist()))
                  """,
              Path.of(stored.location()));

      requireSame(theirs, run.logits(rows), run.candidates().count() * 3 * events.size());
    }
  }

  /** What each type takes, and each way of being missing. */
  private static List<String> events() {
    List<String> amounts = List.of("12.5", "\" -3e1 \"", "true", "false", "1e6");
    List<String> numbers = List.of("null", "21", "\"\"", "0.1", "\"7\"", "\"  \"");
    List<String> countries =
        List.of("\"CH\"", "\" CH \"", "\"Z\\u00fcrich\"", "null", "\"\ud83d\ude00\"", "\"\"");
    List<String> codes =
        List.of(
            "17",
            "17.0",
            "\"17\"",
            "0.1",
            "1e21",
            "-2.50",
            "true",
            "null",
            "9007199254740993",
            "1.5e-7",
            "\"true\"");
    List<String> tags =
        List.of(
            "[\"a\"]",
            "[\"a\", \" b\", \"c\", \"d\"]",
            "[1, 2.5, true]",
            "[]",
            "null",
            "[null, \"x\"]",
            "[\"\", null]");
    List<String> times =
        List.of(
            "1790000000123", "\"2026-03-29T01:30:00Z\"", "null", "\"2026-12-31T23:59:59+02:00\"");
    List<String> events = new ArrayList<>();
    for (int i = 0; i < 66; i++) {
      String event =
          "{\"label\": \"a\", \"amount\": %s, \"age\": %s, \"country\": %s, \"code\": %s, \"tags\": %s, \"seen\": %s"
              .formatted(
                  amounts.get(i % 5),
                  numbers.get(i % 6),
                  countries.get(i % 6),
                  codes.get(i % 11),
                  tags.get(i % 7),
                  times.get(i % 4));
      events.add(event + (i % 3 == 0 ? "}" : ", \"score\": " + numbers.get(i / 6 % 6) + "}"));
    }
    return events;
  }

  /** The document's three parts one below the other, called as it says. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "5"})
  void theDocumentsPythonTakenTogetherServesRows(String trees) throws Exception {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder).with("model.forest", trees);
    try (TrainingRun run = new TrainingRun(job.config())) {
      TrainingRuns.train(run, TrainerJob::batch, 0, TrainerJob.RECORDS);
      StoredCheckpoint stored = job.save(run);
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
      JsonNode second = new ObjectMapper().readTree(lines.get(1)).path("probabilities");
      ServedModel ours = ServedCheckpoint.of(stored);
      Scratch scratch = ours.scratch();
      ours.score(new float[] {20, 60, 20, 20}, 0, scratch);
      assertThat(second).hasSize(3);
      for (int c = 0; c < 3; c++) {
        assertThat(second.path(ours.classes().get(c)).asDouble())
            .isCloseTo(scratch.probabilities()[c], within(1e-5));
      }
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
            (h, f), (g, _), (k, _) = [tensors[f"rate.0.{n}.weight"].shape for n in (0, 2, 4)]
            rows = np.array(json.load(open(sys.argv[2]))).reshape(-1, f)
            z = torch.tensor(np.clip((rows - mean) / std, -10, 10), dtype=torch.float32)
            scores = []
            for prefix in ("rate.0.", "rate.1.", "average.0.", "average.1."):
                model = torch.nn.Sequential(torch.nn.Linear(f, h), torch.nn.ReLU(),
                    torch.nn.Linear(h, g), torch.nn.ReLU(), torch.nn.Linear(g, k))
                model.load_state_dict({name[len(prefix):]: torch.tensor(t)
                    for name, t in tensors.items() if name.startswith(prefix)})
                scores.append(model(z))
            guest = [torch.tensor(tensors["average.linear.0." + name]) for name in ("weight", "bias")]
            scores.append(torch.nn.functional.linear(z, *guest))
            print(json.dumps(torch.stack(scores, 1).flatten().tolist()))
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

    assertThat(found)
        .isEqualTo(Map.of("README.md", 1L, "docs/checkpoint.md", 3L, "docs/scoring.md", 2L));
  }

  /**
   * @param script prints the logits of the rows in the file of its second argument, by the
   *     checkpoint of its first
   */
  private void requireSameLogits(Map<String, String> settings, String script) throws Exception {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder);
    settings.forEach(job::with);
    try (TrainingRun run = new TrainingRun(job.config())) {
      TrainingRuns.train(run, TrainerJob::batch, 0, TrainerJob.RECORDS);
      StoredCheckpoint stored = job.save(run);
      float[] features = features();
      new ObjectMapper().writeValue(folder.resolve("rows.json").toFile(), features);

      float[] theirs = logits(script, Path.of(stored.location()));

      int networks = job.config().trainer().model().candidates().count();
      requireSame(theirs, run.logits(features), 3 * networks * features.length / 4);
    }
  }

  private static void requireSame(float[] theirs, float[] ours, int count) {
    assertThat(ours).hasSize(count);
    assertThat(theirs).hasSameSizeAs(ours);
    float largest = 0;
    for (int i = 0; i < ours.length; i++) {
      assertThat(theirs[i])
          .as("logit %d", i)
          .isCloseTo(ours[i], within(1e-5f * Math.max(1, Math.abs(ours[i]))));
      largest = Math.max(largest, Math.abs(theirs[i] - ours[i]));
    }
    System.out.printf(
        "MEASURED %d logits in PyTorch, largest difference %.1e%n", ours.length, largest);
  }

  /** Typical rows, and one so far out that it is clipped. */
  private static float[] features() {
    float[] rows = TrainerJob.batch(TrainerJob.RECORDS).draws().features();
    rows[0] = 1e6f;
    rows[5] = -1e6f;
    return rows;
  }

  /** What a script prints of the rows in rows.json. */
  private float[] logits(String script, Path checkpoint) throws Exception {
    Path rows = folder.resolve("rows.json");
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
