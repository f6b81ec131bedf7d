package dev.counterweight.exporting;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.Embedding;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.forest.WindowForest;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.ForestShares;
import dev.counterweight.serving.Normalisation;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A checkpoint of a model with parameters drawn at random, of any kind that can be exported. */
public final class MadeCheckpoint {
  private final SplittableRandom random;
  private final Map<String, Double> numbers = new HashMap<>();
  private FeatureSchema features = FeatureSchema.ofNumbers(List.of("w", "x", "y", "z"));
  private List<String> classes = List.of("a", "b", "c");
  private List<Integer> hidden = List.of(16, 8);
  private String activation = "relu";
  private int quantiles;
  private String loss = "cross-entropy";
  private boolean calibrate = true;
  private boolean uncounted;
  private String decision = "argmax-balanced";
  private Candidates candidates = Candidates.ONE;
  private @Nullable List<Double> mixture;
  private boolean recent;
  private int trees;
  private int learnt;

  public MadeCheckpoint(long seed) {
    this.random = new SplittableRandom(seed);
  }

  public MadeCheckpoint features(FeatureSchema features) {
    this.features = features;
    return this;
  }

  public MadeCheckpoint classes(List<String> classes) {
    this.classes = classes;
    return this;
  }

  /** An mlp; without hidden layers a linear model. */
  public MadeCheckpoint layers(String activation, Integer... hidden) {
    this.activation = activation;
    this.hidden = List.of(hidden);
    return this;
  }

  public MadeCheckpoint quantiles(int quantiles) {
    this.quantiles = quantiles;
    return this;
  }

  /** {@code numbers}: gamma, tau, label_smoothing, ldam_scale. */
  public MadeCheckpoint loss(String loss, Map<String, Double> numbers) {
    this.loss = loss;
    this.numbers.putAll(numbers);
    return this;
  }

  /** Whether the last class has not been counted. */
  public MadeCheckpoint uncounted(boolean uncounted) {
    this.uncounted = uncounted;
    return this;
  }

  public MadeCheckpoint calibrate(boolean calibrate) {
    this.calibrate = calibrate;
    return this;
  }

  /**
   * argmax-balanced, argmax-scores, argmax-calibrated, costs or threshold; threshold-of-before and
   * argmax-of-before are of checkpoints that told no weights of decisions.
   */
  public MadeCheckpoint decision(String decision) {
    this.decision = decision;
    return this;
  }

  /**
   * Of several candidates.
   *
   * @param mixture a share for each
   */
  public MadeCheckpoint candidates(Candidates candidates, Double... mixture) {
    this.candidates = candidates;
    this.mixture = List.of(mixture);
    return this;
  }

  /** Whether recent labels are taken account of. */
  public MadeCheckpoint recent(boolean recent) {
    this.recent = recent;
    return this;
  }

  /**
   * With a forest, of which each part counts.
   *
   * @param trees 0 for none
   * @param learnt rows that it grew from
   */
  public MadeCheckpoint forest(int trees, int learnt) {
    this.trees = trees;
    this.learnt = learnt;
    return this;
  }

  public StoredCheckpoint make() {
    SortedMap<String, byte[]> files = new TreeMap<>();
    SafeTensors model = new SafeTensors(tensors());
    files.put(StoredCheckpoint.MODEL, model.toBytes());
    if (trees > 0) {
      files.put(StoredCheckpoint.FOREST, new SafeTensors(grown(model)).toBytes());
    }
    return new StoredCheckpoint(
        new Announcement.Ref("step-000000000042-test", "ab".repeat(32)),
        "nowhere",
        manifest(),
        files);
  }

  /** The parameters of a checkpoint. */
  public static SafeTensors parameters(StoredCheckpoint checkpoint) {
    return SafeTensors.parse(
        Objects.requireNonNull(checkpoint.files().get(StoredCheckpoint.MODEL)));
  }

  /** The model that one candidate would be by itself. */
  public static StoredCheckpoint alone(StoredCheckpoint mixed, String prefix) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    parameters(mixed)
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), tensor);
              } else if (!name.matches("(rate|average|linear)\\..*")) {
                tensors.put(name, tensor);
              }
            });
    SortedMap<String, byte[]> files = new TreeMap<>(mixed.files());
    files.put(StoredCheckpoint.MODEL, new SafeTensors(tensors).toBytes());
    return new StoredCheckpoint(mixed.ref(), mixed.location(), alone(mixed.manifest()), files);
  }

  private static CheckpointManifest alone(CheckpointManifest of) {
    CheckpointManifest.Training training = of.training();
    CheckpointManifest.Probabilities how = Objects.requireNonNull(of.probabilities());
    return new CheckpointManifest(
        of.format(),
        of.job(),
        of.position(),
        of.origin(),
        of.stream(),
        of.schema(),
        new CheckpointManifest.Training(
            training.layers(),
            CheckpointManifest.Mixed.NONE,
            training.objective(),
            training.updates(),
            training.batchSize(),
            training.seed()),
        of.serving(),
        new CheckpointManifest.Probabilities(
            how.gamma(),
            how.tau(),
            how.labelSmoothing(),
            how.ldamScale(),
            how.weights(),
            how.temperature(),
            how.biases(),
            null,
            null,
            how.recent()),
        of.shares(),
        of.metrics(),
        of.files());
  }

  private CheckpointManifest manifest() {
    boolean linear = hidden.isEmpty();
    EventSchema schema =
        new EventSchema(features, "label", classes, null, null, EventTimeUnit.MS, 0, List.of());
    return new CheckpointManifest(
        CheckpointManifest.FORMAT,
        "made",
        new CheckpointManifest.Position(42, 7),
        new CheckpointManifest.Origin("test", "2026-11-29T00:00:00Z", null, "none"),
        new CheckpointManifest.Stream(
            new StreamIdentity("c", "t"), new TreeMap<>(), new TreeMap<>()),
        CheckpointManifest.SchemaEntry.of(schema),
        new CheckpointManifest.Training(
            new CheckpointManifest.Layers(
                linear ? "linear" : "mlp", hidden, linear ? "none" : activation, quantiles),
            mixed(),
            new CheckpointManifest.Objective(loss, "batch-mean"),
            new CheckpointManifest.Updates("adam", 0.003, 0.9, 0.999, 0, 0, 1),
            32,
            1),
        serving(),
        new CheckpointManifest.Probabilities(
            numbers.get("gamma"),
            numbers.get("tau"),
            numbers.getOrDefault("label_smoothing", 0.0),
            numbers.get("ldam_scale"),
            byClass(c -> left(c) ? 0 : (double) (float) (0.1 + 5 * random.nextDouble())),
            calibrate ? 0.7 + random.nextDouble() : null,
            calibrate ? byClass(c -> random.nextGaussian()) : null,
            mixture,
            trees > 0 ? new ForestShares(0.6, 0.9, 0.5) : null,
            recent
                ? new CheckpointManifest.Recent(1.2, byClass(c -> random.nextGaussian()))
                : null),
        new CheckpointManifest.Shares(
            byClass(
                c -> left(c) ? 0 : (double) (float) (c == 0 ? 0.9 : 0.1 / (classes.size() - 1))),
            byClass(c -> (double) (float) (c == 0 ? 0.5 : 20))),
        Map.of(),
        new TreeMap<>());
  }

  private CheckpointManifest.Mixed mixed() {
    Integer forest = trees > 0 ? trees : null;
    return mixture == null
        ? new CheckpointManifest.Mixed(null, null, null, forest)
        : new CheckpointManifest.Mixed(
            IntStream.rangeClosed(1, candidates.rates()).mapToObj(i -> (double) i).toList(),
            candidates.averaged() ? 0.99 : null,
            candidates.guest() ? CheckpointManifest.Mixed.LINEAR : null,
            forest);
  }

  /** Of rows whose classes are drawn: the more rows, the deeper its trees. */
  private SortedMap<String, Tensor> grown(SafeTensors model) {
    SampleRows rows = SampleRows.of(features, model, learnt, random.nextLong());
    WindowForest forest =
        new WindowForest(features.columnCount(), classes.size(), trees, random.nextLong());
    for (int r = 0; r < learnt; r++) {
      int label = random.nextInt(uncounted ? classes.size() - 1 : classes.size());
      forest.learn(rows.columns(), r * features.columnCount(), label);
    }
    return State.of(forest.grown()).save();
  }

  private CheckpointManifest.Serving serving() {
    int k = classes.size();
    List<Double> costs = new ArrayList<>();
    for (int i = 0; i < k * k; i++) {
      costs.add(i / k == i % k ? 0.0 : 1 + 9 * random.nextDouble());
    }
    boolean threshold = decision.startsWith("threshold");
    boolean byCost = decision.equals("costs");
    boolean weighed = threshold || decision.equals("argmax-balanced");
    return new CheckpointManifest.Serving(
        calibrate,
        byCost || threshold ? "threshold" : decision.replace("argmax-of-before", "argmax-balanced"),
        byCost ? costs : null,
        threshold ? classes.get(1) : null,
        threshold ? 0.9 : null,
        null,
        threshold ? 0.31 : null,
        weighed && !decision.endsWith("of-before") ? decisionWeights() : null);
  }

  /** Far apart, and now and then a class without any. */
  private Map<String, Double> decisionWeights() {
    int none = random.nextInt(2 * classes.size());
    return byClass(c -> c == none || left(c) ? 0 : Math.exp(2 * random.nextGaussian()));
  }

  private boolean left(int c) {
    return uncounted && c == classes.size() - 1;
  }

  private interface ByClass {
    double of(int c);
  }

  private Map<String, Double> byClass(ByClass value) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      values.put(classes.get(c), value.of(c));
    }
    return values;
  }

  private SortedMap<String, Tensor> tensors() {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    int n = Normalisation.numbers(features).length;
    tensors.put("normalizer.mean", drawn(100, n));
    float[] std = new float[n];
    for (int f = 0; f < n; f++) {
      std[f] = (float) Math.exp(random.nextGaussian());
    }
    tensors.put("normalizer.std", new Tensor.F32(std, n));
    int inputs = n;
    if (quantiles > 0 && n > 0) {
      inputs += n;
      tensors.put("normalizer.quantiles", quantiles(n, tensors));
    }
    for (Embedding table : features.embeddings()) {
      int width = hidden.isEmpty() ? classes.size() : table.table().width();
      inputs += hidden.isEmpty() ? 0 : width;
      tensors.put(
          "embedding." + table.feature() + ".weight",
          drawn(hidden.isEmpty() ? 1 / sharpness() : 1, table.table().buckets(), width));
    }
    for (String prefix : candidates.prefixes()) {
      layers(prefix, inputs, prefix.contains("linear") ? List.of() : hidden, tensors);
    }
    return tensors;
  }

  private void layers(
      String prefix, int from, List<Integer> hidden, SortedMap<String, Tensor> tensors) {
    int inputs = from;
    List<Integer> sizes = new ArrayList<>(hidden);
    sizes.add(classes.size());
    for (int layer = 0; layer < sizes.size(); layer++) {
      float scale = (float) (1.5 / Math.sqrt(Math.max(1, inputs)));
      scale /= layer == sizes.size() - 1 ? sharpness() : 1;
      tensors.put(prefix + 2 * layer + ".weight", drawn(scale, sizes.get(layer), inputs));
      tensors.put(prefix + 2 * layer + ".bias", drawn(scale, sizes.get(layer)));
      inputs = sizes.get(layer);
    }
  }

  /** Scores of LDAM are smaller by its scale than others are. */
  private float sharpness() {
    return loss.equals("ldam") ? numbers.getOrDefault("ldam_scale", 1.0).floatValue() : 1;
  }

  /** With runs of equal ones at both ends and within; of every fifth column all alike. */
  private Tensor quantiles(int numbers, SortedMap<String, Tensor> tensors) {
    SafeTensors known = new SafeTensors(tensors);
    float[] mean = known.floats("normalizer.mean");
    float[] std = known.floats("normalizer.std");
    float[] all = new float[numbers * (quantiles + 1)];
    for (int f = 0; f < numbers; f++) {
      float[] marks = new float[quantiles + 1];
      for (int q = 0; q <= quantiles; q++) {
        double place = f % 3 == 0 ? Math.rint(random.nextGaussian() * 2) : random.nextGaussian();
        marks[q] = f % 5 == 4 ? mean[f] : (float) (mean[f] + std[f] * place);
      }
      Arrays.sort(marks);
      System.arraycopy(marks, 0, all, f * (quantiles + 1), quantiles + 1);
    }
    return new Tensor.F32(all, numbers, quantiles + 1);
  }

  private Tensor.F32 drawn(float scale, long... shape) {
    int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return new Tensor.F32(values, shape);
  }
}
