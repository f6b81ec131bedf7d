package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the optimiser: how a gradient becomes an update. */
final class OptimizerKeys {
  static final String OPTIMIZER = "optimizer";
  static final String LEARNING_RATE = "learning.rate";
  static final String SCHEDULE = "schedule";
  static final String SCHEDULE_WARMUP_STEPS = "schedule.warmup.steps";
  static final String SCHEDULE_STEPS = "schedule.steps";
  static final String SCHEDULE_FACTOR = "schedule.factor";
  static final String ADAM_BETA1 = "adam.beta1";
  static final String ADAM_BETA2 = "adam.beta2";
  static final String MOMENTUM = "momentum";
  static final String NESTEROV = "nesterov";
  static final String WEIGHT_DECAY = "weight.decay";
  static final String GRADIENT_CLIP = "gradient.clip";

  private static final ConfigDef.Validator TRUE_OR_FALSE =
      ConfigDef.LambdaValidator.with((name, value) -> {}, () -> "true or false");

  private OptimizerKeys() {}

  static void declare(ConfigDef def) {
    rates(def);
    schedule(def);
    moments(def);
    momentum(def);
  }

  private static void rates(ConfigDef def) {
    key(def, OPTIMIZER, Type.STRING, "adam", Rule.oneOf("sgd", "adam", "adamw"), "The optimiser.");
    key(def, LEARNING_RATE, Type.DOUBLE, 0.003, Rule.above(0), "Step size.");
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

  private static void schedule(ConfigDef def) {
    key(
        def,
        SCHEDULE,
        Type.STRING,
        "constant",
        Rule.oneOf("constant", "warm-up", "cosine", "step"),
        "How learning.rate changes with the steps made, after schedule.warmup.steps. constant,"
            + " warm-up: it stays. cosine: it falls to schedule.factor of itself over"
            + " schedule.steps, and stays. step: it is multiplied by schedule.factor every"
            + " schedule.steps.");
    key(
        def,
        SCHEDULE_WARMUP_STEPS,
        Type.LONG,
        0L,
        Rule.atLeast(0),
        "Steps over which the learning rate grows evenly to its full size, under any schedule.");
    key(
        def,
        SCHEDULE_STEPS,
        Type.LONG,
        100_000L,
        Rule.atLeast(1),
        "cosine: steps of the fall. step: steps from one fall to the next.");
    key(
        def,
        SCHEDULE_FACTOR,
        Type.DOUBLE,
        0.1,
        Rule.range(0, false, 1),
        "cosine: the last rate as a share of learning.rate. step: factor of each fall.");
  }

  private static void moments(ConfigDef def) {
    key(
        def,
        ADAM_BETA1,
        Type.DOUBLE,
        0.5,
        Rule.below(0, 1),
        "adam, adamw: how much of the mean gradient, the first moment, a step keeps. Updates lag"
            + " about 1 / (1 - adam.beta1) steps behind the stream: the model is scored while it"
            + " learns, and a short memory follows a drift. PyTorch's own default is 0.9.");
    key(
        def,
        ADAM_BETA2,
        Type.DOUBLE,
        0.999,
        Rule.below(0, 1),
        "adam, adamw: how much of the mean squared gradient, the second moment, a step keeps.");
  }

  private static void momentum(ConfigDef def) {
    key(def, MOMENTUM, Type.DOUBLE, 0d, Rule.range(0, true, 0.9999), "Momentum of sgd.");
    key(
        def,
        NESTEROV,
        Type.BOOLEAN,
        false,
        TRUE_OR_FALSE,
        "Whether sgd's momentum is Nesterov's, which looks ahead.");
  }

  static OptimizerConfig read(Values v) {
    return new OptimizerConfig(
        v.choice(OPTIMIZER, OptimizerConfig.Kind.class),
        v.real(LEARNING_RATE),
        new ScheduleConfig(
            v.choice(SCHEDULE, ScheduleConfig.Kind.class),
            v.whole(SCHEDULE_WARMUP_STEPS),
            v.whole(SCHEDULE_STEPS),
            v.real(SCHEDULE_FACTOR)),
        v.real(ADAM_BETA1),
        v.real(ADAM_BETA2),
        v.real(MOMENTUM),
        v.flag(NESTEROV),
        v.real(WEIGHT_DECAY),
        v.real(GRADIENT_CLIP));
  }

  /** A line for each rule broken between these keys; empty if none is. */
  static List<String> problems(OptimizerConfig optimizer) {
    List<String> problems = new ArrayList<>();
    if (optimizer.nesterov()
        && (optimizer.kind() != OptimizerConfig.Kind.SGD || optimizer.momentum() == 0)) {
      problems.add(
          "%s=true: needs %s=sgd and a %s above 0".formatted(NESTEROV, OPTIMIZER, MOMENTUM));
    }
    ScheduleConfig schedule = optimizer.schedule();
    if (schedule.kind() == ScheduleConfig.Kind.WARM_UP && schedule.warmupSteps() == 0) {
      problems.add(
          "%s=0: must be above 0 with %s=warm-up".formatted(SCHEDULE_WARMUP_STEPS, SCHEDULE));
    }
    return problems;
  }
}
