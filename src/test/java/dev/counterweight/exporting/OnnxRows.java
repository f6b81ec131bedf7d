package dev.counterweight.exporting;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.counterweight.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Scores rows by an ONNX file in ONNX Runtime. */
public final class OnnxRows {
  private OnnxRows() {}

  public static Served of(byte[] file, Map<String, Tensor> inputs, List<String> classes)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> given = new HashMap<>();
    try (OrtSession session = environment.createSession(file)) {
      for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
        given.put(input.getKey(), tensor(environment, input.getValue()));
      }
      try (OrtSession.Result result = session.run(given)) {
        float[][] told = (float[][]) result.get("probabilities").orElseThrow().getValue();
        String[] names = (String[]) result.get("decision").orElseThrow().getValue();
        double[] probabilities = new double[told.length * classes.size()];
        int[] decisions = new int[told.length];
        for (int r = 0; r < told.length; r++) {
          for (int c = 0; c < classes.size(); c++) {
            probabilities[r * classes.size() + c] = told[r][c];
          }
          decisions[r] = classes.indexOf(names[r]);
        }
        return new Served(probabilities, decisions);
      }
    } finally {
      given.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    return tensor instanceof Tensor.F32 floats
        ? OnnxTensor.createTensor(environment, FloatBuffer.wrap(floats.values()), shape)
        : OnnxTensor.createTensor(
            environment, LongBuffer.wrap(((Tensor.I64) tensor).values()), shape);
  }
}
