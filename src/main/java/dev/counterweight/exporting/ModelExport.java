package dev.counterweight.exporting;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.protocol.FailureException;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes the model of a checkpoint as a file for other runtimes. Stateless. */
public final class ModelExport {
  private static final String SCRIPTED = "torchscript";
  private static final JsonMapper JSON = new JsonMapper();

  private ModelExport() {}

  /**
   * An ONNX model.
   *
   * @throws FailureException if the checkpoint's model has no such form; the message says why
   */
  public static byte[] onnx(StoredCheckpoint checkpoint) {
    CheckpointManifest manifest = checkpoint.manifest();
    Calculation calculation = calculation(checkpoint);
    for (Calculation.Input input : calculation.inputs()) {
      requireFree(input.feature());
    }
    return OnnxFile.of(
        calculation, manifest.schema().classes(), manifest.position().step(), about(checkpoint));
  }

  /**
   * A TorchScript module.
   *
   * @throws FailureException as {@link #onnx}
   */
  public static byte[] torchScript(StoredCheckpoint checkpoint) {
    return TorchScriptFile.of(
        calculation(checkpoint), checkpoint.manifest().schema().classes(), about(checkpoint));
  }

  /**
   * What makes the folder of an ONNX file an MLflow model: texts by file name.
   *
   * @param file the ONNX file's name in that folder
   * @throws FailureException as {@link #onnx}
   */
  public static SortedMap<String, String> mlflow(StoredCheckpoint checkpoint, String file) {
    return MlflowFiles.of(checkpoint, calculation(checkpoint), file);
  }

  /** What a file tells of itself, by key. */
  static SortedMap<String, String> about(StoredCheckpoint checkpoint) {
    CheckpointManifest manifest = checkpoint.manifest();
    SortedMap<String, String> about = new TreeMap<>();
    about.put("job", manifest.job());
    about.put("step", Long.toString(manifest.position().step()));
    about.put("checkpoint", checkpoint.ref().name());
    about.put("sha256", checkpoint.ref().sha256());
    about.put("schema", manifest.schema().toSchema().hash());
    about.put("features", json(manifest.schema().features()));
    about.put("kinds", json(manifest.schema().toSchema().kinds()));
    about.put("classes", json(manifest.schema().classes()));
    about.put("decision", manifest.serving().decision());
    ServedCandidates served = ServedCandidates.of(manifest);
    if (served.names().size() > 1) {
      about.put("candidates", json(served.names()));
      about.put("mixture", json(served.shares()));
    }
    CheckpointManifest.Probabilities how = manifest.probabilities();
    if (how != null && how.forest() != null) {
      about.put("forest", json(how.forest()));
    }
    return about;
  }

  private static String json(Object values) {
    try {
      return JSON.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("values that JSON cannot hold", e);
    }
  }

  private static Calculation calculation(StoredCheckpoint checkpoint) {
    if (checkpoint.manifest().training().layers().model().equals(SCRIPTED)) {
      throw new FailureException(
          "checkpoint %s has a model of your own (model=torchscript): its code is in the file that model.file names, and only its parameters are here; export it where you wrote it, or serve it by the scorer"
              .formatted(checkpoint.ref().name()));
    }
    ServedCheckpoint.of(checkpoint).close(); // refuses what is not whole
    return ServedCalculation.of(checkpoint);
  }

  /** An input and an output of an ONNX graph may not have one name. */
  private static void requireFree(String feature) {
    if (feature.equals(OnnxFile.PROBABILITIES)
        || feature.equals(OnnxFile.DECISION)
        || feature.startsWith(OnnxFile.value(""))) {
      throw new FailureException(
          "feature '%s' cannot be an input of an ONNX file: its outputs are '%s' and '%s', and what begins with '%s' is within; name it anew by feature.NAME.path"
              .formatted(feature, OnnxFile.PROBABILITIES, OnnxFile.DECISION, OnnxFile.value("")));
    }
  }
}
