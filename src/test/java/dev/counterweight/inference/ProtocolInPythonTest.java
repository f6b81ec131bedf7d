package dev.counterweight.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.Python;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that was written to the protocol's text, not to this server, gets what it asks for. */
@Timeout(120)
class ProtocolInPythonTest {
  private static final int FEATURES = 5;
  private static final int ROWS = 20;

  @TempDir Path folder;

  @Test
  void aClientOfTheProtocolGetsMetadataInferenceAndErrors() throws Exception {
    List<String> classes = List.of("ok", "fraud", "ödd");
    ServedModel model =
        TestModels.mlp(FeatureSchema.ofNumbers(TestModels.names(FEATURES)), classes, 200);
    float[][] rows = new float[ROWS][FEATURES];
    Random random = new Random(1);
    for (float[] row : rows) {
      for (int f = 0; f < FEATURES; f++) {
        row[f] = (float) random.nextGaussian() * 5;
      }
    }
    ObjectMapper json = new ObjectMapper();
    Path file = folder.resolve("rows.json");
    Files.write(file, json.writeValueAsBytes(rows));

    try (ServedJob job = new ServedJob(TestModels.source(model))) {
      Python.Outcome outcome =
          Python.run("src/test/python/inference.py", job.url(), ServedJob.JOB, file.toString());

      JsonNode answer = json.readTree(outcome.bytes());
      Scratch scratch = model.scratch();
      for (int r = 0; r < ROWS; r++) {
        model.score(rows[r], 0, scratch);
        assertThat(answer.get("decision").get(r).textValue())
            .isEqualTo(classes.get(scratch.decision()));
        for (int c = 0; c < classes.size(); c++) {
          assertThat(answer.get("probabilities").get(r).get(c).floatValue())
              .isEqualTo((float) scratch.probabilities()[c]);
        }
      }
      assertThat(answer.get("refused").intValue()).isGreaterThanOrEqualTo(30);
    }
  }
}
