package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the trainer: model, loss, optimiser and what is served. */
final class TrainerKeys {
  static final String MODEL = "model";
  static final String MODEL_HIDDEN = "model.hidden";
  static final String MODEL_QUANTILES = "model.quantiles";
  static final String BATCH_SIZE = "batch.size";
  static final String LOSS = "loss";
  static final String LOSS_REDUCTION = "loss.reduction";
  static final String OPTIMIZER = "optimizer";
  static final String LEARNING_RATE = "learning.rate";
  static final String MOMENTUM = "momentum";
  static final String WEIGHT_DECAY = "weight.decay";
  static final String GRADIENT_CLIP = "gradient.clip";
  static final String DEVICE = "device";
  static final String TRAINER_INITIAL = "trainer.initial";
  static final String TRAINER_MAX_BAD_STEPS = "trainer.max.bad.steps";

  private TrainerKeys() {}

  static void declare(ConfigDef def) {
    model(def);
    loss(def);
    optimizer(def);
    ScoringKeys.declare(def);
    device(def);
  }

  private static void model(ConfigDef def) {
    key(def, MODEL, Type.STRING, "mlp", Rule.oneOf("linear", "mlp"), "Kind of model.");
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
        "Beside each standardised feature stands a copy of it by rank, interpolated between this many "
            + "quantile intervals of its column, which helps with skewed and heavy-tailed ones. "
            + "0 leaves the copies out.");
    key(def, BATCH_SIZE, Type.INT, 32, Rule.range(1, true, 1_000_000), "Rows a step.");
  }

  private static void loss(ConfigDef def) {
    key(def, LOSS, Type.STRING, "cross-entropy", Rule.oneOf("cross-entropy"), "The loss.");
    key(
        def,
        LOSS_REDUCTION,
        Type.STRING,
        "batch-mean",
        Rule.oneOf("batch-mean", "mean", "sum"),
        "How the rows' weighted losses become one number. batch-mean: sum(w l) / rows. "
            + "mean: sum(w l) / sum(w), as PyTorch does, which under-pays rare classes.");
  }

  private static void optimizer(ConfigDef def) {
    key(def, OPTIMIZER, Type.STRING, "adam", Rule.oneOf("sgd", "adam", "adamw"), "The optimiser.");
    key(def, LEARNING_RATE, Type.DOUBLE, 0.003, Rule.above(0), "Step size.");
    key(def, MOMENTUM, Type.DOUBLE, 0d, Rule.range(0, true, 0.9999), "Momentum of sgd.");
    key(
        def,
        WEIGHT_DECAY,
        Type.DOUBLE,
        0d,
        Rule.atLeast(0),
        "sgd, adam: L2 penalty, added to the gradient. "
            + "adamw: each step shrinks the parameters by learning.rate times this share.");
    key(
        def,
        GRADIENT_CLIP,
        Type.DOUBLE,
        1d,
        Rule.atLeast(0),
        "Largest norm of the gradient; 0 for no limit.");
  }

  private static void device(ConfigDef def) {
    key(
        def,
        DEVICE,
        Type.STRING,
        "auto",
        Rule.oneOf("auto", "cpu", "gpu"),
        "Where the model is trained; auto takes a GPU when there is one.");
    key(
        def,
        TRAINER_INITIAL,
        Type.STRING,
        null,
        Rule.notBlank(),
        "What a new job begins with: a checkpoint's folder, whose features, classes and layers must "
            + "be the same, or a safetensors file with PyTorch's names. Default: random parameters. "
            + "Not read once the job has a checkpoint of its own.");
    key(
        def,
        TRAINER_MAX_BAD_STEPS,
        Type.INT,
        10,
        Rule.range(1, true, 1_000_000),
        "Steps in a row whose loss or gradient is not finite, at which the trainer stops. Each such "
            + "step is left out, and no checkpoint is written until there is a good one.");
  }

  static TrainerConfig read(Values v) {
    return new TrainerConfig(
        new ModelConfig(
            v.choice(MODEL, ModelConfig.Kind.class),
            v.list(MODEL_HIDDEN).stream().map(Integer::valueOf).toList(),
            (int) v.whole(MODEL_QUANTILES)),
        new LossConfig(v.text(LOSS), v.choice(LOSS_REDUCTION, LossConfig.Reduction.class)),
        new OptimizerConfig(
            v.choice(OPTIMIZER, OptimizerConfig.Kind.class),
            v.real(LEARNING_RATE),
            v.real(MOMENTUM),
            v.real(WEIGHT_DECAY),
            v.real(GRADIENT_CLIP)),
        (int) v.whole(BATCH_SIZE),
        ScoringKeys.read(v),
        v.text(DEVICE),
        v.has(TRAINER_INITIAL) ? Path.of(v.text(TRAINER_INITIAL)) : null,
        (int) v.whole(TRAINER_MAX_BAD_STEPS),
        CheckpointKeys.read(v));
  }
}
