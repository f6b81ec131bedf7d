package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.Python;
import dev.counterweight.batch.MiniBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who has a checkpoint.json and the scores of the model beside it gets the probabilities and
 * decisions that the trainer makes of the next record, by the Python of docs/checkpoint.md.
 */
class ServedInPythonTest {
  private static final int CLASSES = 3;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loss=cross-entropy",
        "loss=cross-entropy calibrate=false",
        "loss=cross-entropy loss.label.smoothing=0.1",
        "loss=focal",
        "loss=focal loss.gamma=0.5",
        "loss=logit-adjusted",
        "loss=logit-adjusted loss.tau=0.5 loss.label.smoothing=0.05",
        "loss=ldam loss.ldam.scale=10",
        "loss=cross-entropy weights.formula=batch",
        "decision=argmax-scores",
        "model.rates=0.3,1,3 model.average=0.9",
        "model.rates=0.3,3 decision=argmax-scores loss=ldam loss.ldam.scale=10",
        "model.average=0.9 loss=logit-adjusted loss.label.smoothing=0.05",
        "decision=argmax-calibrated",
        "checkpoint.every.steps=1 events.recent.labels=true",
        "checkpoint.every.steps=1 events.recent.labels=true calibrate=false"
            + " decision=argmax-calibrated",
        "checkpoint.every.steps=1 events.recent.labels=true model.rates=0.3,3"
            + " weights.formula=batch",
        "decision=recall(b,0.95)",
        "decision=costs(0,1,1,5,0,5,30,30,0)"
      })
  void theDocumentsReaderServesAsTheTrainerDoes(String settings) throws Exception {
    assertServesAlike(settings, number -> TrainerJob.recent(TrainerJob.batch(number)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loss=cross-entropy",
        "loss=cross-entropy loss.label.smoothing=0.1",
        "loss=focal calibrate=false",
        "loss=logit-adjusted loss.label.smoothing=0.05",
        "loss=ldam loss.ldam.scale=10",
        "loss=cross-entropy weights.formula=batch",
        "checkpoint.every.steps=1 events.recent.labels=true",
        "decision=argmax-scores"
      })
  void soItDoesBeforeAClassIsCounted(String settings) throws Exception {
    assertServesAlike(
        settings, number -> TrainerJob.recent(TrainerJob.uncounted(TrainerJob.batch(number))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.forest=5",
        "model.forest=5 model.average=0.9 loss=focal",
        "model.forest=5 checkpoint.every.steps=1 events.recent.labels=true"
            + " weights.formula=batch",
        "model.forest=5 decision=recall(b,0.95)"
      })
  void soItDoesWithAForest(String settings) throws Exception {
    assertServesAlike(settings, number -> TrainerJob.recent(TrainerJob.batch(number)));
  }

  @Test
  void soItDoesWithAForestBeforeAClassIsCounted() throws Exception {
    assertServesAlike(
        "model.forest=5",
        number -> TrainerJob.recent(TrainerJob.uncounted(TrainerJob.batch(number))));
  }

  /** Values that are missing, and categories. */
  @ParameterizedTest
  @ValueSource(strings = {"model.forest=5", "model.forest=1 model.rates=1 model.average=0"})
  void soItDoesWithAForestOverDeclaredFeatures(String settings) throws Exception {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder).with(DeclaredFeatures.ALL);

    assertServesAlike(job.withAll(settings), DeclaredFeatures::batch);
  }

  private void assertServesAlike(String settings, IntFunction<MiniBatch> batches) throws Exception {
    assertServesAlike(new TrainerJob("localhost:1", "any", folder).withAll(settings), batches);
  }

  private void assertServesAlike(TrainerJob job, IntFunction<MiniBatch> batches) throws Exception {
    List<Prediction> served = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(job.config(), row -> served.add(TrainerJob.copy(row)))) {
      TrainingRuns.train(run, batches, 0, 8);
      Path checkpoint = write(job, run);
      float[] rows = batches.apply(8).evaluation().features();
      float[] scores = run.logits(rows);
      served.clear();
      run.train(batches.apply(8));

      JsonNode theirs =
          job.config().trainer().model().trees() > 0
              ? serveWithForest(checkpoint, scores, rows)
              : serve(checkpoint, scores);

      assertThat(served).hasSize(TrainerJob.EVALUATED);
      for (int row = 0; row < served.size(); row++) {
        for (int c = 0; c < CLASSES; c++) {
          assertThat(theirs.get(0).get(row).get(c).asDouble())
              .as("row %d, class %d", row, c)
              .isCloseTo(served.get(row).served()[c], within(1e-9));
        }
        assertThat(theirs.get(1).get(row).asInt()).isEqualTo(served.get(row).decision());
      }
    }
  }

  private Path write(TrainerJob job, TrainingRun run) throws Exception {
    return Path.of(job.save(run).location());
  }

  private JsonNode serve(Path checkpoint, float[] scores) throws Exception {
    return run("numpy", block("def server("), "None", checkpoint, scores);
  }

  /** Its views are made of columns, by the part of the page that reads tensors. */
  private JsonNode serveWithForest(Path checkpoint, float[] scores, float[] rows) throws Exception {
    StringBuilder json = new StringBuilder("[");
    for (float value : rows) {
      json.append(json.length() > 1 ? "," : "").append(value); // NaN as Python reads it.
    }
    Files.writeString(folder.resolve("rows.json"), json.append("]"));
    return run(
        "torch",
        block("def forest(") + block("def server("),
        """
        forest(sys.argv[1])(numpy.array(json.loads(Path(sys.argv[2]).with_name("rows.json")
            .read_text()), "f4").reshape(len(scores), -1))\
        """,
        checkpoint,
        scores);
  }

  private static String block(String of) throws IOException {
    String page = Files.readString(Path.of("docs/checkpoint.md"));
    int start = page.lastIndexOf("```python\n", page.indexOf(of)) + "```python\n".length();
    return page.substring(start, page.indexOf("```", start));
  }

  private JsonNode run(String library, String page, String views, Path checkpoint, float[] scores)
      throws Exception {
    Path file = folder.resolve("scores.json");
    new ObjectMapper().writeValue(file.toFile(), scores);
    Path script = folder.resolve("serve.py");
    Files.writeString(
        script,
        page
            + """

            import sys
            scores = numpy.array(json.loads(Path(sys.argv[2]).read_text()), "f4").reshape(int(sys.argv[3]), -1, 3)
            p, decisions = server(sys.argv[1])(scores, VIEWS)
            print(json.dumps([p.tolist(), decisions.tolist()]))
            """
                .replace("VIEWS", views));
    Python.Outcome outcome =
        Python.runWith(
            library,
            script.toString(),
            checkpoint.toString(),
            file.toString(),
            Integer.toString(TrainerJob.EVALUATED));
    String last = outcome.output().strip().lines().reduce("", (before, line) -> line);
    return new ObjectMapper().readTree(last.getBytes(StandardCharsets.UTF_8));
  }
}
