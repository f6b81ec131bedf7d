package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.exporting.MadeCheckpoint;
import dev.counterweight.exporting.OnnxRows;
import dev.counterweight.exporting.SampleRows;
import dev.counterweight.exporting.Served;
import dev.counterweight.exporting.TorchRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
  private static final int ROWS = 50;
  private static final FeatureSchema FEATURES =
      FeatureSchema.of(
          List.of("amount", "o'age", "country"),
          List.of(
              "number",
              "number(missing=mean)",
              "category(buckets=50,width=5,seed=-3,missing=mean)"));

  @TempDir Path folder;
  private StoredCheckpoint checkpoint;

  @BeforeEach
  void aCheckpointOnDisk() throws Exception {
    StoredCheckpoint made = new MadeCheckpoint(2).features(FEATURES).quantiles(16).make();
    checkpoint =
        new CheckpointFolder(folder.resolve("c"), "made", "w").write(made.manifest(), made.files());
  }

  @Test
  void anOnnxFileIsWrittenCheckedAndUsable() throws Exception {
    Path file = folder.resolve("out/model.onnx");

    Outcome outcome = export("onnx", file);

    assertThat(outcome.code()).as(outcome.text()).isZero();
    assertThat(outcome.text())
        .contains("onnx of job 'made', step 42")
        .contains("checked: 1,000 made-up rows through libtorch give the scorer's decisions")
        .contains("not run: there is no ONNX runtime here");
    SampleRows rows = rows();
    Served told = OnnxRows.of(Files.readAllBytes(file), rows.inputs(), List.of("a", "b", "c"));
    assertThat(told.decisions()).isEqualTo(Served.of(checkpoint, rows.columns(), ROWS).decisions());
    assertThat(files(file.resolveSibling(""))).containsExactly("model.onnx");
  }

  @Test
  void aTorchScriptFileIsWrittenCheckedAndUsable() throws Exception {
    Path file = folder.resolve("model.pt");

    Outcome outcome = export("torchscript", file);

    assertThat(outcome.code()).as(outcome.text()).isZero();
    assertThat(outcome.text()).contains("torchscript of job 'made'").doesNotContain("ONNX");
    SampleRows rows = rows();
    assertThat(TorchRows.of(Files.readAllBytes(file), rows.inputs()).decisions())
        .isEqualTo(Served.of(checkpoint, rows.columns(), ROWS).decisions());
  }

  @Test
  void besideAnOnnxFileStandsWhatMakesItsFolderAnMlflowModel() throws Exception {
    Path file = folder.resolve("mlflow/fraud.onnx");

    Outcome outcome = export("onnx", file, "--mlflow");

    assertThat(outcome.code()).as(outcome.text()).isZero();
    assertThat(files(file.resolveSibling("")))
        .containsExactly(
            "MLmodel", "conda.yaml", "fraud.onnx", "python_env.yaml", "requirements.txt");
    JsonNode model = new YAMLMapper().readTree(Files.readString(file.resolveSibling("MLmodel")));
    assertThat(model.at("/flavors/onnx/data").asText()).isEqualTo("fraud.onnx");
    assertThat(model.at("/flavors/python_function/loader_module").asText())
        .isEqualTo("mlflow.onnx");
    assertThat(model.at("/metadata/step").asText()).isEqualTo("42");
    assertThat(model.at("/metadata/sha256").asText()).isEqualTo(checkpoint.ref().sha256());
    assertThat(model.at("/utc_time_created").asText()).isEqualTo("2026-11-29 00:00:00.000000");
    ObjectMapper json = new ObjectMapper();
    assertThat(json.readTree(model.at("/signature/inputs").asText()))
        .isEqualTo(
            json.readTree(
                """
                [{"name":"amount","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1]}},
                 {"name":"o'age","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1]}},
                 {"name":"country","type":"tensor","tensor-spec":{"dtype":"int64","shape":[-1]}}]
                """));
    assertThat(json.readTree(model.at("/signature/outputs").asText()))
        .isEqualTo(
            json.readTree(
                """
                [{"name":"probabilities","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,3]}},
                 {"name":"decision","type":"tensor","tensor-spec":{"dtype":"object","shape":[-1]}}]
                """));
    for (String environment : List.of("conda.yaml", "python_env.yaml")) {
      assertThat(
              new YAMLMapper()
                  .readTree(Files.readString(file.resolveSibling(environment)))
                  .path("dependencies"))
          .isNotEmpty();
    }
  }

  @Test
  void aDamagedCheckpointIsNotExported() throws Exception {
    Path model = Path.of(checkpoint.location(), StoredCheckpoint.MODEL);
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length - 1] ^= 1;
    Files.write(model, bytes);

    Outcome outcome = export("onnx", folder.resolve("model.onnx"));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.text()).contains("model.safetensors has another SHA-256");
    assertThat(folder.resolve("model.onnx")).doesNotExist();
  }

  @Test
  void wrongUsageIsTold() {
    Outcome both = Outcome.of("export", "--format", "onnx", "--out", "x");
    Outcome mlflow = export("torchscript", folder.resolve("m.pt"), "--mlflow");

    assertThat(both.code()).isEqualTo(2);
    assertThat(both.text()).contains("--config", "--checkpoint");
    assertThat(mlflow.code()).isEqualTo(2);
    assertThat(mlflow.text()).contains("--mlflow goes with --format onnx");
  }

  private SampleRows rows() {
    return SampleRows.of(
        ServedCheckpoint.features(checkpoint.manifest().schema()),
        MadeCheckpoint.parameters(checkpoint),
        ROWS,
        9);
  }

  private static List<String> files(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Outcome export(String format, Path file, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "export",
                "--checkpoint",
                folder.resolve("c").toString(),
                "--format",
                format,
                "--out",
                file.toString()));
    arguments.addAll(List.of(more));
    return Outcome.of(arguments);
  }
}
