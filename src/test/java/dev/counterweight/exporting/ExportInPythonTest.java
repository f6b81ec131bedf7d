package dev.counterweight.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.Python;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch of another release, from Python, runs what was exported. */
class ExportInPythonTest {
  private static final int ROWS = 20;

  @TempDir Path folder;

  @Test
  void pyTorchLoadsTheFileAndTellsTheSame() throws Exception {
    StoredCheckpoint checkpoint =
        new MadeCheckpoint(8)
            .features(
                FeatureSchema.of(
                    List.of("amount", "card.age", "country", "tags", "seen"),
                    List.of(
                        "number",
                        "number(missing=mean)",
                        "category(buckets=50,width=5,seed=-3,missing=mean)",
                        "categories(buckets=20,width=3,seed=3,items=3,missing=mean)",
                        "time(zone=Europe/Zurich,missing=mean)")))
            .quantiles(16)
            .loss("focal", Map.of("gamma", 2.0))
            .candidates(new Candidates(2, true, true), 0.3, 0.2, 0.0, 0.2, 0.3)
            .forest(5, 400)
            .make();
    SampleRows rows =
        SampleRows.of(
            ServedCheckpoint.features(checkpoint.manifest().schema()),
            MadeCheckpoint.parameters(checkpoint),
            ROWS,
            3);
    Path model = Files.write(folder.resolve("model.pt"), ModelExport.torchScript(checkpoint));
    Path inputs = Files.writeString(folder.resolve("inputs.json"), json(rows).toString());

    Python.Outcome outcome =
        Python.runWith("torch", "src/test/python/exported.py", model.toString(), inputs.toString());

    String last = outcome.output().strip().lines().reduce("", (before, line) -> line);
    JsonNode told = new ObjectMapper().readTree(last.getBytes(StandardCharsets.ISO_8859_1));
    Served ours = Served.of(checkpoint, rows.columns(), ROWS);
    assertThat(told.path("classes").toString()).isEqualTo("[\"a\",\"b\",\"c\"]");
    assertThat(told.path("features")).hasSize(5);
    assertThat(told.path("about").path("step").asText()).isEqualTo("42");
    assertThat(told.path("decision")).hasSize(ROWS);
    for (int row = 0; row < ROWS; row++) {
      assertThat(told.path("decision").get(row).asInt()).isEqualTo(ours.decisions()[row]);
      for (int c = 0; c < 3; c++) {
        assertThat(told.path("probabilities").get(row).get(c).asDouble())
            .as("row %d, class %d", row, c)
            .isCloseTo(ours.probabilities()[row * 3 + c], within(Agreement.MOST));
      }
    }
  }

  @Test
  void thePageOnScoringSaysHow() throws Exception {
    StoredCheckpoint checkpoint =
        new MadeCheckpoint(9)
            .features(
                FeatureSchema.of(
                    List.of("amount", "age", "country", "seen"),
                    List.of(
                        "number",
                        "number(missing=mean)",
                        "category(buckets=50,width=5,seed=-3,missing=mean)",
                        "time(zone=UTC)")))
            .classes(List.of("ok", "fraud"))
            .make();
    Path model = Files.write(folder.resolve("fraud.pt"), ModelExport.torchScript(checkpoint));
    String page = Files.readString(Path.of("docs/scoring.md"));
    int start = page.indexOf("```python\nimport torch") + "```python\n".length();
    String code = page.substring(start, page.indexOf("```", start));
    Path script =
        Files.writeString(
            folder.resolve("page.py"), code.replace("\"fraud.pt\"", "\"" + model + "\""));

    Python.Outcome outcome = Python.runWith("torch", script.toString());

    assertThat(outcome.output()).containsPattern("\\['(ok|fraud)', '(ok|fraud)'\\] \\[\\[0\\.");
  }

  private static ObjectNode json(SampleRows rows) {
    ObjectNode all = new ObjectMapper().createObjectNode();
    rows.inputs()
        .forEach(
            (name, tensor) -> {
              ObjectNode one = all.putObject(name);
              one.put("type", tensor instanceof Tensor.F32 ? "float32" : "int64");
              ArrayNode values = one.putArray("values");
              int width = tensor.shape().size() == 1 ? 1 : tensor.shape().get(1).intValue();
              for (int row = 0; row < ROWS; row++) {
                ArrayNode to = width == 1 ? values : values.addArray();
                for (int i = 0; i < width; i++) {
                  add(to, tensor, row * width + i);
                }
              }
            });
    return all;
  }

  private static void add(ArrayNode to, Tensor tensor, int at) {
    if (tensor instanceof Tensor.I64 whole) {
      to.add(whole.values()[at]);
    } else if (Float.isNaN(((Tensor.F32) tensor).values()[at])) {
      to.addNull();
    } else {
      to.add(((Tensor.F32) tensor).values()[at]);
    }
  }
}
