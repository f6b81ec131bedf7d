package dev.counterweight.checkpoint;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.Schema;
import dev.counterweight.forest.Forest;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Activation;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.Dense;
import dev.counterweight.serving.EmbeddingRows;
import dev.counterweight.serving.LayeredScores;
import dev.counterweight.serving.ModelId;
import dev.counterweight.serving.Normalisation;
import dev.counterweight.serving.RankCopies;
import dev.counterweight.serving.RawScores;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The model of a checkpoint, ready to serve: what its checkpoint.json, model.safetensors and, where
 * it has a forest, forest.safetensors say, each tensor's form checked.
 */
public final class ServedCheckpoint {
  private static final String LINEAR = "linear";
  private static final String MLP = "mlp";
  private static final String SCRIPTED = "torchscript";

  private final CheckpointManifest manifest;
  private final SafeTensors tensors;
  private final @Nullable Forest forest;
  private final Schema schema;
  private final FeatureSchema features;
  private final TreeSet<String> used = new TreeSet<>();

  private ServedCheckpoint(
      CheckpointManifest manifest, SafeTensors tensors, @Nullable Forest forest) {
    this.manifest = manifest;
    this.tensors = tensors;
    this.forest = forest;
    this.schema = manifest.schema().toSchema();
    this.features = features(manifest.schema());
  }

  /** Makes raw scores of a user's own module. */
  @FunctionalInterface
  public interface Scripted {
    /**
     * @param parameters by name
     */
    RawScores of(SafeTensors parameters, int columns, int classes);
  }

  /**
   * The model of a checkpoint of a linear model or an mlp.
   *
   * @throws FailureException if it is of another kind, or not whole; the message says why
   */
  public static ServedModel of(StoredCheckpoint checkpoint) {
    return of(checkpoint, null);
  }

  /**
   * The model of a checkpoint of any kind.
   *
   * @param scripted for a model of the kind torchscript; null where there can be none
   * @throws FailureException as {@link #of(StoredCheckpoint)}
   */
  public static ServedModel of(StoredCheckpoint checkpoint, @Nullable Scripted scripted) {
    CheckpointManifest manifest = checkpoint.manifest();
    byte[] model = checkpoint.files().get(StoredCheckpoint.MODEL);
    try {
      if (model == null) {
        throw new IllegalArgumentException("it has no " + StoredCheckpoint.MODEL);
      }
      ModelId id =
          new ModelId(
              manifest.position().step(), checkpoint.ref().name(), checkpoint.ref().sha256());
      return new ServedCheckpoint(
              manifest, SafeTensors.parse(model), forest(checkpoint).orElse(null))
          .model(id, scripted);
    } catch (MalformedTensorsException | IllegalArgumentException e) {
      throw new FailureException(
          "checkpoint %s cannot be served: %s".formatted(checkpoint.ref().name(), e.getMessage()),
          e);
    }
  }

  /**
   * The forest of a checkpoint, where it counts.
   *
   * @throws IllegalArgumentException if it tells of one and has none
   * @throws MalformedTensorsException if it is not one of its rows
   */
  public static Optional<Forest> forest(StoredCheckpoint checkpoint) {
    CheckpointManifest manifest = checkpoint.manifest();
    CheckpointManifest.Probabilities how = manifest.probabilities();
    boolean counts = how != null && how.forest() != null;
    Integer trees = manifest.training().mixed().forest();
    byte[] file = checkpoint.files().get(StoredCheckpoint.FOREST);
    if (trees == null || file == null) {
      if (counts) {
        throw new IllegalArgumentException(
            "it tells of a forest, and has no " + StoredCheckpoint.FOREST);
      }
      return Optional.empty();
    }
    int columns = features(manifest.schema()).columnCount();
    Forest saved =
        Forest.of(SafeTensors.parse(file), columns, manifest.schema().classes().size(), trees);
    if (saved.isGrown() != counts) {
      throw new IllegalArgumentException(
          "probabilities.forest is %s, and %s has %s: one needs the other"
              .formatted(
                  counts ? "told" : "missing",
                  StoredCheckpoint.FOREST,
                  counts ? "no tree" : "trees"));
    }
    return counts ? Optional.of(saved) : Optional.empty();
  }

  /**
   * How the columns of a row are made of an event, as a checkpoint tells it.
   *
   * @throws IllegalArgumentException if the declarations are not those of the schema beside them
   */
  public static FeatureSchema features(CheckpointManifest.SchemaEntry told) {
    Schema schema = told.toSchema();
    List<FeatureDeclaration> declarations = told.declarations();
    if (declarations == null) {
      return schema.layout();
    }
    FeatureSchema features =
        new FeatureSchema(declarations.stream().map(FeatureDeclaration::toFeature).toList());
    if (!features.names().equals(schema.features()) || !features.kinds().equals(schema.kinds())) {
      throw new IllegalArgumentException(
          "its declarations are of the features %s, its schema of %s"
              .formatted(features.names(), schema.features()));
    }
    return features;
  }

  private ServedModel model(ModelId id, @Nullable Scripted scripted) {
    return new ServedModel(
        id,
        schema,
        features,
        scores(scripted),
        forest,
        ManifestNumbers.of(manifest, schema.classes()));
  }

  private RawScores scores(@Nullable Scripted scripted) {
    String kind = manifest.training().layers().model();
    int classes = schema.classes().size();
    switch (kind) {
      case LINEAR, MLP -> {
        return layered(kind.equals(LINEAR), classes);
      }
      case SCRIPTED -> {
        if (scripted == null) {
          throw new IllegalArgumentException(
              "its model is a TorchScript module, whose code only the file has that model.file"
                  + " names");
        }
        return scripted.of(tensors, features.columnCount(), classes);
      }
      default ->
          throw new IllegalArgumentException(
              "its model is '%s': this version serves linear, mlp and torchscript".formatted(kind));
    }
  }

  private LayeredScores layered(boolean linear, int classes) {
    Normalisation numbers = numbers();
    List<EmbeddingRows> embeddings = new ArrayList<>();
    int inputs = numbers.width();
    for (Embedding embedding : features.embeddings()) {
      int width = linear ? classes : embedding.table().width();
      float[] values =
          floats(
              "embedding." + embedding.feature() + ".weight", embedding.table().buckets(), width);
      embeddings.add(new EmbeddingRows(embedding, width, values, width));
      inputs += linear ? 0 : width;
    }
    List<List<Dense>> candidates = candidates(inputs, classes);
    requireNoOthers();
    return new LayeredScores(
        features.columnCount(), numbers, embeddings, candidates, activation(linear), linear);
  }

  private Normalisation numbers() {
    int n = Normalisation.numbers(features).length;
    int intervals = n == 0 ? 0 : manifest.training().layers().quantiles();
    float[] mean = floats("normalizer.mean", n);
    float[] std = floats("normalizer.std", n);
    for (int f = 0; f < n; f++) {
      if (!(std[f] > 0)) {
        throw new IllegalArgumentException(
            "tensor 'normalizer.std' has %s: must be above 0".formatted(std[f]));
      }
    }
    RankCopies copies =
        intervals == 0
            ? null
            : new RankCopies(floats("normalizer.quantiles", n, intervals + 1), intervals);
    return new Normalisation(features, mean, std, copies);
  }

  /** Those that are served: one whose share is 0 takes no memory, but has to be whole. */
  private List<List<Dense>> candidates(int inputs, int classes) {
    Candidates all = manifest.training().mixed().candidates();
    double[] shares = ManifestNumbers.mixture(manifest);
    List<List<Dense>> served = new ArrayList<>();
    for (int j = 0; j < all.count(); j++) {
      List<Integer> hidden = all.isGuest(j) ? List.of() : manifest.training().layers().hidden();
      List<Dense> layers = layers(all.prefix(j), inputs, hidden, classes);
      if (shares[j] > 0) {
        served.add(layers);
      }
    }
    if (all.guest() && all.averaged()) {
      layers(all.guestPrefixes().get(0), inputs, List.of(), classes); // Its average is served.
    }
    return served;
  }

  private List<Dense> layers(String prefix, int inputs, List<Integer> hidden, int classes) {
    List<Integer> outputs = new ArrayList<>(hidden);
    outputs.add(classes);
    List<Dense> layers = new ArrayList<>();
    int in = inputs;
    for (int out : outputs) {
      int place = 2 * layers.size();
      float[] weights = floats(prefix + place + ".weight", out, in);
      layers.add(new Dense(in, out, weights, 0, floats(prefix + place + ".bias", out), 0));
      in = out;
    }
    return layers;
  }

  private Activation activation(boolean linear) {
    String name = manifest.training().layers().activation();
    if (linear) {
      return Activation.RELU; // Of one layer nothing is asked for.
    }
    try {
      return Activation.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "its activation is '%s': written by a newer release?".formatted(name), e);
    }
  }

  private float[] floats(String name, long... shape) {
    float[] values = tensors.floats(name, shape);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "tensor '%s' has a value that is not a finite number".formatted(name));
      }
    }
    used.add(name);
    return values;
  }

  private void requireNoOthers() {
    TreeSet<String> others = new TreeSet<>(tensors.tensors().keySet());
    others.removeAll(used);
    if (!others.isEmpty()) {
      throw new IllegalArgumentException("tensors %s are none of its model's".formatted(others));
    }
  }
}
