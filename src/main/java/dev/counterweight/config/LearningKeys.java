package dev.counterweight.config;

import static dev.counterweight.config.JobKeys.BATCH_SIZE;
import static dev.counterweight.config.JobKeys.CALIBRATE;
import static dev.counterweight.config.JobKeys.CHECKPOINT_DIR;
import static dev.counterweight.config.JobKeys.CHECKPOINT_EVERY_STEPS;
import static dev.counterweight.config.JobKeys.CHECKPOINT_INTERVAL;
import static dev.counterweight.config.JobKeys.CHECKPOINT_KEEP;
import static dev.counterweight.config.JobKeys.DEVICE;
import static dev.counterweight.config.JobKeys.EVALUATION_SHARE;
import static dev.counterweight.config.JobKeys.FORMULAS;
import static dev.counterweight.config.JobKeys.GRADIENT_CLIP;
import static dev.counterweight.config.JobKeys.LEARNING_RATE;
import static dev.counterweight.config.JobKeys.LOSS;
import static dev.counterweight.config.JobKeys.LOSS_REDUCTION;
import static dev.counterweight.config.JobKeys.MODEL;
import static dev.counterweight.config.JobKeys.MODEL_HIDDEN;
import static dev.counterweight.config.JobKeys.MOMENTUM;
import static dev.counterweight.config.JobKeys.OPTIMIZER;
import static dev.counterweight.config.JobKeys.SAMPLER_ARRIVAL_SHARE;
import static dev.counterweight.config.JobKeys.SAMPLER_COMMIT_INTERVAL;
import static dev.counterweight.config.JobKeys.SAMPLER_DRAWS_PER_EVENT;
import static dev.counterweight.config.JobKeys.SAMPLER_LINGER;
import static dev.counterweight.config.JobKeys.SAMPLER_MAX_USES;
import static dev.counterweight.config.JobKeys.SAMPLER_MEMORY;
import static dev.counterweight.config.JobKeys.SAMPLER_MEMORY_REFILL;
import static dev.counterweight.config.JobKeys.SAMPLER_RECORD_DRAWS;
import static dev.counterweight.config.JobKeys.SAMPLER_RECORD_MAX_BYTES;
import static dev.counterweight.config.JobKeys.SAMPLER_SPAN_MAX_EVENTS;
import static dev.counterweight.config.JobKeys.SAMPLER_WEIGHTS;
import static dev.counterweight.config.JobKeys.WEIGHT_DECAY;
import static dev.counterweight.config.JobKeys.key;
import static dev.counterweight.config.JobKeys.required;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The declaration of the keys of sampler and trainer: how a job learns. */
final class LearningKeys {
  private LearningKeys() {}

  static void declare(ConfigDef def) {
    sampler(def);
    trainer(def);
  }

  private static void sampler(ConfigDef def) {
    key(
        def,
        SAMPLER_WEIGHTS,
        Type.STRING,
        "balanced",
        Rule.oneOf(FORMULAS),
        "Formula of the sampling weights v_c: how the uses are shared out among the classes. The "
            + "same formulas and parameters as weights.formula.");
    key(
        def,
        SAMPLER_DRAWS_PER_EVENT,
        Type.DOUBLE,
        4d,
        Rule.range(0, false, 1000),
        "D, draws made an event on average.");
    key(
        def,
        SAMPLER_MAX_USES,
        Type.DOUBLE,
        64d,
        Rule.range(1, true, 1e6),
        "U, the most an event is used in expectation, however rare its class.");
    key(
        def,
        SAMPLER_ARRIVAL_SHARE,
        Type.DOUBLE,
        0.5,
        Rule.range(0, false, 1),
        "Share of the uses made as the event arrives; the rest is paid by schedule from memory.");
    key(
        def,
        SAMPLER_MEMORY,
        Type.INT,
        512,
        Rule.range(1, true, 1_000_000),
        "Events remembered, a class.");
    key(
        def,
        SAMPLER_MEMORY_REFILL,
        Type.STRING,
        "64 MiB",
        Amount.size(0),
        "How much of the batch log is read back, at most, to refill the memory after a start or a "
            + "rebalance.");
    key(
        def,
        SAMPLER_RECORD_DRAWS,
        Type.INT,
        256,
        Rule.range(1, true, 1_000_000),
        "Draws at which a batch record is cut: the unit of test, then train.");
    key(
        def,
        SAMPLER_SPAN_MAX_EVENTS,
        Type.INT,
        4096,
        Rule.range(1, true, 10_000_000),
        "Consumed events at which a batch record is cut.");
    key(
        def,
        SAMPLER_LINGER,
        Type.STRING,
        "1s",
        Amount.duration(1),
        "Age at which a batch record is cut.");
    key(
        def,
        SAMPLER_COMMIT_INTERVAL,
        Type.STRING,
        "100ms",
        Amount.duration(1),
        "Time over which cut batch records share one transaction; at most 5s.");
    key(
        def,
        SAMPLER_RECORD_MAX_BYTES,
        Type.STRING,
        "900 KiB",
        Amount.size(1024),
        "Size at which a batch record is cut; below the batch topic's max.message.bytes.");
    key(
        def,
        EVALUATION_SHARE,
        Type.DOUBLE,
        0.1,
        Rule.range(0, false, 1),
        "Share of the stream that is scored before it is trained on.");
  }

  private static void trainer(ConfigDef def) {
    key(def, MODEL, Type.STRING, "mlp", Rule.oneOf("linear", "mlp"), "Kind of model.");
    key(
        def,
        MODEL_HIDDEN,
        Type.LIST,
        "64,32",
        Rule.positiveWholeNumbers(),
        "Sizes of an mlp's hidden layers, in order.");
    key(def, BATCH_SIZE, Type.INT, 32, Rule.range(1, true, 1_000_000), "Rows a step.");
    key(def, LOSS, Type.STRING, "cross-entropy", Rule.oneOf("cross-entropy"), "The loss.");
    key(
        def,
        LOSS_REDUCTION,
        Type.STRING,
        "batch-mean",
        Rule.oneOf("batch-mean", "mean", "sum"),
        "How the rows' weighted losses become one number. batch-mean: sum(w l) / rows. "
            + "mean: sum(w l) / sum(w), as PyTorch does, which under-pays rare classes.");
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
    key(
        def,
        CALIBRATE,
        Type.BOOLEAN,
        true,
        ConfigDef.LambdaValidator.with((name, value) -> {}, () -> "true or false"),
        "Whether a temperature and a bias a class, fitted to what was scored, correct the served "
            + "probabilities; decisions stay as they are.");
    key(
        def,
        DEVICE,
        Type.STRING,
        "auto",
        Rule.oneOf("auto", "cpu", "gpu"),
        "Where the model is trained; auto takes a GPU when there is one.");
    required(
        def,
        CHECKPOINT_DIR,
        Type.STRING,
        Rule.notBlank(),
        "Folder of the job's checkpoints; created if absent.");
    key(
        def,
        CHECKPOINT_EVERY_STEPS,
        Type.LONG,
        1000L,
        Rule.atLeast(1),
        "Steps after which a checkpoint is written.");
    key(
        def,
        CHECKPOINT_INTERVAL,
        Type.STRING,
        "1m",
        Amount.duration(1),
        "Time after which a checkpoint is written if steps were made.");
    key(
        def,
        CHECKPOINT_KEEP,
        Type.INT,
        5,
        Rule.range(1, true, 10_000),
        "Checkpoints kept in the folder.");
  }
}
