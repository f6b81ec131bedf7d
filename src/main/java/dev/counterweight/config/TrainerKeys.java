package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import dev.counterweight.event.EventSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the trainer: the model and where it is trained. */
final class TrainerKeys {
  /** 1 GiB in float32: one array of the JVM holds a batch, with room to grow. */
  private static final long MAX_BATCH_VALUES = 1L << 28;

  static final String MODEL = "model";
  static final String MODEL_FILE = "model.file";
  static final String MODEL_HIDDEN = "model.hidden";
  static final String MODEL_QUANTILES = "model.quantiles";
  static final String MODEL_ACTIVATION = "model.activation";
  static final String MODEL_DROPOUT = "model.dropout";
  static final String BATCH_SIZE = "batch.size";
  static final String DEVICE = "device";
  static final String TRAINER_INITIAL = "trainer.initial";
  static final String TRAINER_MAX_BAD_STEPS = "trainer.max.bad.steps";

  private TrainerKeys() {}

  static void declare(ConfigDef def) {
    model(def);
    LossKeys.declare(def);
    OptimizerKeys.declare(def);
    ScoringKeys.declare(def);
    device(def);
  }

  private static void model(ConfigDef def) {
    key(
        def,
        MODEL,
        Type.STRING,
        "mlp",
        Rule.oneOf("linear", "mlp", "torchscript"),
        "Kind of model. torchscript: your own, of model.file; it gets the features as they are.");
    key(
        def,
        MODEL_FILE,
        Type.STRING,
        null,
        Rule.notBlank(),
        "TorchScript module (.pt) of model=torchscript: from rows x features, float32, to rows x "
            + "classes raw scores. Its parameters that require a gradient are trained, from the "
            + "values they have in the file; a module with running statistics (BatchNorm) is "
            + "refused.");
    key(
        def,
        MODEL_HIDDEN,
        Type.LIST,
        "64,32",
        Rule.positiveWholeNumbers(),
        "Sizes of an mlp's hidden layers, in order.");
    key(
        def,
        MODEL_QUANTILES,
        Type.INT,
        64,
        Rule.range(0, true, 1024),
        "Beside each standardised feature stands a copy of it by rank, interpolated between this"
            + " many quantile intervals of its column, which helps with skewed and heavy-tailed"
            + " ones. 0 leaves the copies out.");
    key(
        def,
        MODEL_ACTIVATION,
        Type.STRING,
        "relu",
        Rule.oneOf("relu", "leaky-relu", "tanh", "sigmoid", "gelu", "silu"),
        "What stands between an mlp's layers, as PyTorch defines it.");
    key(
        def,
        MODEL_DROPOUT,
        Type.DOUBLE,
        0d,
        Rule.below(0, 1),
        "Share of an mlp's hidden units left out of a step, at random by seed and step.");
    key(def, BATCH_SIZE, Type.INT, 32, Rule.range(1, true, 1_000_000), "Rows a step.");
  }

  private static void device(ConfigDef def) {
    key(
        def,
        DEVICE,
        Type.STRING,
        "auto",
        Rule.matching("auto|cpu|gpu|gpu:[0-9]{1,4}", "auto, cpu, gpu or gpu:N"),
        "Where the model is trained; auto takes the first GPU if it works, gpu:N the one numbered N"
            + " from 0. Small networks at small batches, the default ones among them, train faster"
            + " on a CPU.");
    key(
        def,
        TRAINER_INITIAL,
        Type.STRING,
        null,
        Rule.notBlank(),
        "What a new job begins with: a checkpoint's folder, of the same layers, from which the"
            + " configured features, all of which it must have, and classes are taken by name, or a"
            + " safetensors file with PyTorch's names. Default: random"
            + " parameters. Not read once the job has a checkpoint of its own.");
    key(
        def,
        TRAINER_MAX_BAD_STEPS,
        Type.INT,
        10,
        Rule.range(1, true, 1_000_000),
        "Steps in a row whose loss or gradient is not finite, at which the trainer stops. Each such"
            + " step is left out, and no checkpoint is written until there is a good one.");
  }

  static TrainerConfig read(Values v) {
    return new TrainerConfig(
        new ModelConfig(
            v.choice(MODEL, ModelConfig.Kind.class),
            v.list(MODEL_HIDDEN).stream().map(Integer::valueOf).toList(),
            (int) v.whole(MODEL_QUANTILES),
            v.choice(MODEL_ACTIVATION, ModelConfig.Activation.class),
            v.real(MODEL_DROPOUT),
            v.has(MODEL_FILE) ? Path.of(v.text(MODEL_FILE)) : null),
        LossKeys.read(v),
        OptimizerKeys.read(v),
        (int) v.whole(BATCH_SIZE),
        ScoringKeys.read(v),
        v.text(DEVICE),
        v.has(TRAINER_INITIAL) ? Path.of(v.text(TRAINER_INITIAL)) : null,
        (int) v.whole(TRAINER_MAX_BAD_STEPS),
        CheckpointKeys.read(v));
  }

  /** A line for each rule broken between these keys and the events; empty if none is. */
  static List<String> problems(TrainerConfig trainer, EventSchema schema) {
    ModelConfig model = trainer.model();
    List<String> problems = new ArrayList<>();
    boolean byRank = model.kind() != ModelConfig.Kind.TORCHSCRIPT && model.quantiles() > 0;
    long widest = Math.max((byRank ? 2L : 1L) * schema.featureCount(), schema.classCount());
    if (model.kind() == ModelConfig.Kind.MLP) {
      widest = Math.max(widest, model.hidden().stream().mapToLong(size -> size).max().orElse(0));
    }
    if (trainer.batchSize() * widest > MAX_BATCH_VALUES) {
      problems.add(
          String.format(
              Locale.ROOT,
              "%s=%d: the widest of features (with %s, twice), layers and classes has %,d values a"
                  + " row, %,d a batch: must be at most %,d",
              BATCH_SIZE,
              trainer.batchSize(),
              MODEL_QUANTILES,
              widest,
              trainer.batchSize() * widest,
              MAX_BATCH_VALUES));
    }
    boolean scripted = model.kind() == ModelConfig.Kind.TORCHSCRIPT;
    if (scripted && model.file() == null) {
      problems.add("%s: must be given with %s=torchscript".formatted(MODEL_FILE, MODEL));
    } else if (!scripted && model.file() != null) {
      problems.add(
          "%s=%s: goes with %s=torchscript only".formatted(MODEL_FILE, model.file(), MODEL));
    }
    if (model.dropout() > 0 && model.kind() != ModelConfig.Kind.MLP) {
      problems.add(
          "%s=%s: goes with %s=mlp only"
              .formatted(MODEL_DROPOUT, Rule.number(model.dropout()), MODEL));
    }
    return problems;
  }
}
