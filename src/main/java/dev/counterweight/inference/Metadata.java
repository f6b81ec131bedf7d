package dev.counterweight.inference;

import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.serving.ServedModel;
import java.util.List;

/** What the protocol tells of a server and its model. */
final class Metadata {
  static final String PROBABILITIES = "probabilities";
  static final String DECISION = "decision";
  private static final int ROOM = 1024;

  private Metadata() {}

  static byte[] server(String version) {
    return new JsonBytes(ROOM)
        .raw("{\"name\":\"counterweight\",\"version\":")
        .text(version)
        .raw(",\"extensions\":[]}")
        .toBytes();
  }

  /**
   * Of one version; beside what the protocol has, what its features and classes are, in order.
   *
   * @param loaded all versions that may be asked for
   */
  static byte[] model(String name, ServedModel model, List<ServedModel> loaded) {
    JsonBytes out = new JsonBytes(ROOM).raw("{\"name\":").text(name).raw(",\"versions\":");
    out.texts(loaded.stream().map(one -> String.valueOf(one.id().step())).distinct().toList());
    out.raw(",\"platform\":\"counterweight_checkpoint\",\"inputs\":[");
    inputs(out, model.features());
    out.raw("],\"outputs\":[");
    tensor(out, PROBABILITIES, "FP32", "[-1," + model.classes().size() + "]").raw(",");
    tensor(out, DECISION, "BYTES", "[-1]").raw("],\"features\":").texts(model.features().names());
    out.raw(",\"classes\":").texts(model.classes());
    out.raw(",\"checkpoint\":").text(model.id().sha256());
    return out.raw(",\"schema\":").text(model.schema().hash()).raw("}").toBytes();
  }

  /** One matrix where all are numbers; else a tensor a feature. */
  private static void inputs(JsonBytes out, FeatureSchema schema) {
    List<Feature> features = schema.features();
    boolean numbers = features.stream().allMatch(f -> f.type() instanceof Feature.Number);
    if (numbers && !schema.names().contains(TensorForm.MATRIX)) {
      tensor(out, TensorForm.MATRIX, "FP32", "[-1," + features.size() + "]");
      return;
    }
    for (int f = 0; f < features.size(); f++) {
      if (f > 0) {
        out.raw(",");
      }
      Feature feature = features.get(f);
      boolean items = feature.type() instanceof Feature.Categories;
      tensor(out, feature.name(), datatype(feature.type()), items ? "[-1,-1]" : "[-1]");
    }
  }

  private static String datatype(Feature.Type type) {
    if (type instanceof Feature.Number) {
      return "FP32";
    }
    return type instanceof Feature.Time time && time.unit() != EventTimeUnit.ISO ? "FP64" : "BYTES";
  }

  private static JsonBytes tensor(JsonBytes out, String name, String datatype, String shape) {
    return out.raw("{\"name\":")
        .text(name)
        .raw(",\"datatype\":\"" + datatype + "\",\"shape\":" + shape + "}");
  }
}
