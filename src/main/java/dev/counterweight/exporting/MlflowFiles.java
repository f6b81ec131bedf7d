package dev.counterweight.exporting;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.counterweight.checkpoint.StoredCheckpoint;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What makes the folder of an ONNX file an MLflow model of the flavours onnx and python_function:
 * MLmodel, with a signature of tensors by name, and what its environment takes. Stateless.
 */
final class MlflowFiles {
  private static final JsonMapper JSON = new JsonMapper();
  private static final DateTimeFormatter CREATED =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
  private static final List<String> NEEDED = List.of("mlflow", "onnx>=1.12", "onnxruntime>=1.12");
  private static final String PYTHON = "3.11";

  private MlflowFiles() {}

  /**
   * Texts by file name.
   *
   * @param file the ONNX file's name in the same folder
   */
  static SortedMap<String, String> of(
      StoredCheckpoint checkpoint, Calculation calculation, String file) {
    SortedMap<String, String> files = new TreeMap<>();
    files.put("MLmodel", model(checkpoint, calculation, file));
    files.put(
        "conda.yaml",
        "channels:\n- conda-forge\ndependencies:\n- python=%s\n- pip\n- pip:\n  - %s\nname: mlflow-env\n"
            .formatted(PYTHON, String.join("\n  - ", NEEDED)));
    files.put(
        "python_env.yaml",
        "python: '%s'\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n"
            .formatted(PYTHON));
    files.put("requirements.txt", String.join("\n", NEEDED) + "\n");
    return files;
  }

  private static String model(StoredCheckpoint checkpoint, Calculation calculation, String file) {
    StringBuilder about = new StringBuilder();
    ModelExport.about(checkpoint)
        .forEach((key, value) -> about.append("  %s: %s\n".formatted(key, quoted(value))));
    return """
    flavors:
      onnx:
        code: null
        data: %1$s
        providers:
        - CUDAExecutionProvider
        - CPUExecutionProvider
      python_function:
        data: %1$s
        env:
          conda: conda.yaml
          virtualenv: python_env.yaml
        loader_module: mlflow.onnx
        python_version: '%2$s'
    metadata:
    %3$smodel_uuid: %4$s
    signature:
      inputs: %5$s
      outputs: %6$s
    utc_time_created: %7$s
    """
        .formatted(
            quoted(file),
            PYTHON,
            about,
            quoted(checkpoint.ref().sha256().substring(0, 32)),
            quoted(inputs(calculation)),
            quoted(outputs(checkpoint.manifest().schema().classes().size())),
            quoted(CREATED.format(Instant.parse(checkpoint.manifest().origin().createdAt()))));
  }

  /** A text of YAML, whatever is in it. */
  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String inputs(Calculation calculation) {
    List<Object> inputs = new ArrayList<>();
    for (Calculation.Input input : calculation.inputs()) {
      String type = input.kind() == Calculation.Kind.NUMBER ? "float32" : "int64";
      inputs.add(tensor(input.feature(), type, input.items()));
    }
    return json(inputs);
  }

  private static String outputs(int classes) {
    return json(
        List.of(
            tensor(OnnxFile.PROBABILITIES, "float32", classes),
            tensor(OnnxFile.DECISION, "object", 0)));
  }

  private static Map<String, Object> tensor(String name, String type, int width) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("dtype", type);
    values.put("shape", width == 0 ? List.of(-1) : List.of(-1, width));
    Map<String, Object> tensor = new LinkedHashMap<>();
    tensor.put("name", name);
    tensor.put("type", "tensor");
    tensor.put("tensor-spec", values);
    return tensor;
  }

  private static String json(List<?> tensors) {
    try {
      return JSON.writeValueAsString(tensors);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a signature that JSON cannot hold", e);
    }
  }
}
