package dev.counterweight.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.ForestShares;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code checkpoint.json} says of a checkpoint. Names in the file are those of the components
 * here and in the records within, in snake case.
 *
 * @param format version of this form; {@link #FORMAT}
 * @param probabilities how the model's scores become probabilities; null in a checkpoint from
 *     before this was told
 * @param metrics as evaluated up to this step
 * @param files {file name: what it must be}
 */
public record CheckpointManifest(
    int format,
    String job,
    @JsonUnwrapped Position position,
    @JsonUnwrapped Origin origin,
    @JsonUnwrapped Stream stream,
    SchemaEntry schema,
    Training training,
    Serving serving,
    @Nullable Probabilities probabilities,
    @JsonUnwrapped Shares shares,
    Map<String, Object> metrics,
    SortedMap<String, FileEntry> files) {

  /** The version of this form that is written, and the only one read. */
  public static final int FORMAT = 1;

  /** The file's name in a checkpoint's folder. */
  public static final String FILE = "checkpoint.json";

  private static final String PROBABILITIES = "probabilities";
  private static final List<String> SCHEMA_ADDITIONS = List.of("kinds", "hash", "declarations");
  private static final List<String> TRAINING_ADDITIONS =
      List.of("adam_beta1", "adam_beta2", "rates", "average", "guest", "forest");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
          .build();

  public CheckpointManifest {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    files.keySet().forEach(CheckpointName::requireSafe);
  }

  /**
   * How far training had come.
   *
   * @param step updates made
   * @param batchOffset offset of the first batch record not yet trained on
   */
  public record Position(long step, long batchOffset) {
    public Position {
      if (step < 0 || batchOffset < 0) {
        throw new IllegalArgumentException(
            "step %d, batch offset %d: neither may be negative".formatted(step, batchOffset));
      }
    }
  }

  /**
   * Where and when a checkpoint was written.
   *
   * @param writer which instance wrote it
   * @param createdAt when, ISO-8601; the only wall clock in a checkpoint
   * @param parent name of the checkpoint that the writer resumed from or wrote before; null for the
   *     first
   * @param architecture processor, libtorch and what chooses its kernels; byte identity holds where
   *     it is the same
   */
  public record Origin(
      String writer, String createdAt, @Nullable String parent, String architecture) {}

  /**
   * The events that were trained on.
   *
   * @param spans {partition of the events topic: offset after the last event trained on}
   * @param end {partition: end mark of the newest batch record that carried one}
   */
  public record Stream(
      StreamIdentity source, SortedMap<Integer, Long> spans, SortedMap<Integer, Long> end) {
    public Stream {
      spans = Collections.unmodifiableSortedMap(new TreeMap<>(spans));
      end = Collections.unmodifiableSortedMap(new TreeMap<>(end));
    }
  }

  /**
   * What the newest batch record said of the classes.
   *
   * @param priors p_c by class
   * @param classWeights w_c by class
   */
  public record Shares(Map<String, Double> priors, Map<String, Double> classWeights) {
    public Shares {
      priors = Collections.unmodifiableMap(new LinkedHashMap<>(priors));
      classWeights = Collections.unmodifiableMap(new LinkedHashMap<>(classWeights));
    }
  }

  /**
   * What the model's inputs and outputs are, in order.
   *
   * @param kinds of the features; null in a checkpoint from before this was told, when all were
   *     numbers
   * @param hash of all of it; null likewise
   * @param declarations how each feature's columns are made of an event; absent where all are plain
   *     numbers, each under its own name
   */
  public record SchemaEntry(
      List<String> features,
      @Nullable List<String> kinds,
      String label,
      List<String> classes,
      @Nullable String hash,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<FeatureDeclaration> declarations) {
    public SchemaEntry {
      features = List.copyOf(features);
      kinds = kinds == null ? null : List.copyOf(kinds);
      classes = List.copyOf(classes);
      declarations = declarations == null ? null : List.copyOf(declarations);
    }

    /** As checkpoint.json tells a schema. */
    public static SchemaEntry of(EventSchema events) {
      Schema schema = events.schema();
      return new SchemaEntry(
          schema.features(),
          schema.kinds(),
          schema.label(),
          schema.classes(),
          schema.hash(),
          FeatureDeclaration.of(events.features()));
    }

    /**
     * The schema that was told.
     *
     * @throws IllegalArgumentException if it has another hash than was told with it
     */
    public Schema toSchema() {
      Schema schema =
          kinds == null
              ? Schema.ofNumbers(features, label, classes)
              : new Schema(features, kinds, label, classes);
      if (hash != null) {
        schema.requireHash(hash);
      }
      return schema;
    }
  }

  /** How the model is built and trained, by the names of the configuration. */
  public record Training(
      @JsonUnwrapped Layers layers,
      @JsonUnwrapped Mixed mixed,
      @JsonUnwrapped Objective objective,
      @JsonUnwrapped Updates updates,
      int batchSize,
      long seed) {}

  /** The model, by its layers if it has any. */
  public record Layers(String model, List<Integer> hidden, String activation, int quantiles) {
    public Layers {
      hidden = List.copyOf(hidden);
    }
  }

  /**
   * The candidates that the model is mixed of.
   *
   * @param rates factors of the learning rate, one for each net; null where there is one net, at
   *     the learning rate itself
   * @param average what a step leaves of each net's moving average; null where none is taken
   * @param guest {@value #LINEAR} where a linear model is a guest beside them; null without one
   * @param forest trees of a forest beside them; null without one
   */
  public record Mixed(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Double> rates,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double average,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String guest,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer forest) {
    /** The one kind of guest. */
    public static final String LINEAR = "linear";

    /** One net alone. */
    public static final Mixed NONE = new Mixed(null, null, null, null);

    public Mixed {
      rates = rates == null ? null : List.copyOf(rates);
      if (guest != null && !guest.equals(LINEAR)) {
        throw new IllegalArgumentException(
            "its guest is '%s': written by a newer release?".formatted(guest));
      }
    }

    /** As they are told. */
    public Candidates candidates() {
      return new Candidates(rates == null ? 1 : rates.size(), average != null, guest != null);
    }
  }

  /** What is made small, and how that of rows becomes that of a step. */
  public record Objective(String loss, String reduction) {}

  /**
   * How it is made small.
   *
   * @param adamBeta1 null in a checkpoint from before this was told, when it was 0.9
   * @param adamBeta2 null in a checkpoint from before this was told, when it was 0.999
   */
  public record Updates(
      String optimizer,
      double learningRate,
      @Nullable Double adamBeta1,
      @Nullable Double adamBeta2,
      double momentum,
      double weightDecay,
      double gradientClip) {}

  /**
   * How scores become probabilities and decisions, by the names of the configuration; null where it
   * does not apply.
   *
   * @param calibrate whether the calibrator corrects the served probabilities
   * @param decision the rule
   * @param costs of decisions, K x K by row of the true class
   * @param decisionClass the class that has a threshold
   * @param threshold of its served probability, as of this step
   * @param decisionWeights by class: what its served probability counts for where the rule balances
   *     the classes; 0 for one that is never decided for. Null, too, in a checkpoint from before
   *     this was told, whose model's own scores decided there
   */
  public record Serving(
      boolean calibrate,
      String decision,
      @Nullable List<Double> costs,
      @Nullable String decisionClass,
      @Nullable Double recall,
      @Nullable Double precision,
      @Nullable Double threshold,
      @Nullable Map<String, Double> decisionWeights) {
    public Serving {
      decisionWeights =
          decisionWeights == null
              ? null
              : Collections.unmodifiableMap(new LinkedHashMap<>(decisionWeights));
    }
  }

  /**
   * All that it takes, with priors and class weights, to get from scores to the probabilities that
   * are served, as of this step; null where it does not apply.
   *
   * @param gamma of focal loss
   * @param tau of logit-adjusted loss
   * @param labelSmoothing eps of cross-entropy and logit-adjusted loss
   * @param ldamScale s of LDAM loss
   * @param weights by class: what the loss taught is divided by them; 0 for a class that is served
   *     nothing
   * @param temperature t of the calibrator
   * @param biases b_c of the calibrator
   * @param mixture what each candidate counts, by candidate; null where there is one
   * @param forest what the networks and the views of the forest count; null without a tree
   * @param recent what recent labels make of them; null where none are taken account of
   */
  public record Probabilities(
      @Nullable Double gamma,
      @Nullable Double tau,
      @Nullable Double labelSmoothing,
      @Nullable Double ldamScale,
      Map<String, Double> weights,
      @Nullable Double temperature,
      @Nullable Map<String, Double> biases,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Double> mixture,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ForestShares forest,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Recent recent) {
    public Probabilities {
      weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
      biases = biases == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(biases));
      mixture = mixture == null ? null : List.copyOf(mixture);
    }
  }

  /**
   * What recent labels make of probabilities, as of this step.
   *
   * @param temperature t, of the log odds of balanced classes
   * @param biases by class: what is added to those then
   */
  public record Recent(double temperature, Map<String, Double> biases) {
    public Recent {
      biases = Collections.unmodifiableMap(new LinkedHashMap<>(biases));
    }
  }

  /** A file's size and hash. */
  public record FileEntry(long bytes, String sha256) {}

  /** The same, of other files. */
  CheckpointManifest withFiles(SortedMap<String, FileEntry> entries) {
    return new CheckpointManifest(
        format,
        job,
        position,
        origin,
        stream,
        schema,
        training,
        serving,
        probabilities,
        shares,
        metrics,
        entries);
  }

  /** The file's bytes. */
  byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest that JSON cannot hold", e);
    }
  }

  private static void mayBeAbsent(JsonNode tree, List<String> names) {
    if (tree instanceof ObjectNode fields) {
      names.stream().filter(name -> !fields.has(name)).forEach(fields::putNull);
    }
  }

  /**
   * Reads the file.
   *
   * @throws IOException if it is not a manifest of this format; the message says why
   */
  static CheckpointManifest parse(byte[] json) throws IOException {
    JsonNode tree = JSON.readTree(json);
    int format = tree.path("format").asInt(-1);
    if (format != FORMAT) {
      throw new IOException(
          "format " + (format < 0 ? "is missing" : format) + ": this version reads " + FORMAT);
    }
    mayBeAbsent(tree, List.of(PROBABILITIES));
    mayBeAbsent(tree.path("training"), TRAINING_ADDITIONS);
    mayBeAbsent(tree.path(PROBABILITIES), List.of("mixture", "forest", "recent"));
    mayBeAbsent(tree.path("schema"), SCHEMA_ADDITIONS);
    mayBeAbsent(tree.path("serving"), List.of("decision_weights"));
    try {
      CheckpointManifest manifest = JSON.treeToValue(tree, CheckpointManifest.class);
      manifest.requireForest();
      return manifest;
    } catch (JsonProcessingException e) {
      throw new IOException(
          e.getCause() instanceof IllegalArgumentException broken
              ? broken.getMessage()
              : e.getOriginalMessage(),
          e);
    }
  }

  /** A forest has its file, and counts only where there is one. */
  private void requireForest() throws IOException {
    Integer trees = training.mixed().forest();
    boolean stored = files.containsKey(StoredCheckpoint.FOREST);
    if ((trees != null) != stored) {
      throw new IOException(
          "training.forest is %s, and %s is %s its files: one needs the other"
              .formatted(
                  trees == null ? "missing" : trees,
                  StoredCheckpoint.FOREST,
                  stored ? "among" : "not among"));
    }
    if (trees == null && probabilities != null && probabilities.forest() != null) {
      throw new IOException("probabilities.forest is told, and training.forest is missing");
    }
  }
}
